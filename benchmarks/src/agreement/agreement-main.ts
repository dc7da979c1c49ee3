import { writeFile } from "node:fs/promises";
import { readEnvironment } from "../environment.ts";
import { Workbench } from "../workbench.ts";
import {
  AGREEMENT_HELP,
  type AgreementOptions,
  parseAgreementOptions,
} from "./agreement-options.ts";
import { type AgreementReport, type ScenarioRuns, writeAgreementDocs } from "./agreement-page.ts";
import type { AgreementScenario } from "./agreement-scenarios.ts";
import { type StrategyRuns, disagreements, measures, quantilesOf } from "./compare-runs.ts";
import { type LoadResult, runPoissonLoad } from "./poisson-load.ts";
import { startRealFleet } from "./real-fleet.ts";
import { seededRandom } from "../seeded-random.ts";
import { simulate } from "./simulated-run.ts";

/** `evenkeel-bench agreement`; the answer is the exit code. */
export async function agreementMain(
  args: readonly string[],
  say: (line: string) => void,
): Promise<number> {
  const options = parseAgreementOptions(args);
  if (options === "help") {
    say(AGREEMENT_HELP);
    return 0;
  }
  const workbench = await Workbench.open();
  try {
    const environment = readEnvironment();
    const scenarios: ScenarioRuns[] = [];
    for (const scenario of options.scenarios) {
      scenarios.push(await runScenario(workbench, scenario, options, say));
    }
    const { seconds, seed } = options;
    const report: AgreementReport = { environment, seconds, seed, scenarios };
    if (options.json !== undefined) {
      await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
    if (options.writeDocs) say(`written: ${await writeAgreementDocs(report)}`);
    return scenarios.every((one) => one.disagreements.length === 0) ? 0 : 1;
  } finally {
    await workbench.close();
  }
}

async function runScenario(
  workbench: Workbench,
  scenario: AgreementScenario,
  options: AgreementOptions,
  say: (line: string) => void,
): Promise<ScenarioRuns> {
  say(`\n${scenario.name}: ${scenario.title}`);
  const simulated = await simulate(
    workbench,
    scenario.name,
    scenario.ratePerSecond * options.seconds,
  );
  const runs: StrategyRuns[] = [];
  let worstLagMs = 0;
  for (const [strategy, expected] of simulated) {
    if (options.strategies?.includes(strategy) === false) continue;
    const load = await runReal(workbench, scenario, strategy, options);
    if (load.failed > 0) throw new Error(`${strategy}: ${load.failed} requests failed`);
    const real = quantilesOf(load.latenciesMs);
    worstLagMs = Math.max(worstLagMs, load.worstLagMs);
    runs.push({ strategy, simulated: expected, real });
    const pairs = measures.map(({ measure, label }) =>
      `${label} ${expected[measure].median.toFixed(1)} / ${real[measure].toFixed(1)} ms`.padEnd(26),
    );
    say(`${strategy.padEnd(22)} ${pairs.join("")}`.trimEnd());
  }
  const found = disagreements(runs);
  for (const { strategy, reason } of found) say(`DISAGREES ${strategy}: ${reason}`);
  return { scenario, runs, worstLagMs, disagreements: found };
}

async function runReal(
  workbench: Workbench,
  scenario: AgreementScenario,
  strategy: string,
  { seconds, seed }: AgreementOptions,
): Promise<LoadResult> {
  const fleet = await startRealFleet(workbench, scenario, strategy);
  try {
    const { ratePerSecond, meanServiceMs } = scenario;
    return await runPoissonLoad({
      url: fleet.url,
      ratePerSecond,
      meanServiceMs,
      requests: ratePerSecond * seconds,
      arrivalRandom: seededRandom(2 * seed),
      workRandom: seededRandom(2 * seed + 1),
    });
  } finally {
    await fleet.stop();
  }
}

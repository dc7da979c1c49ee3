import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Environment, describeEnvironment } from "../environment.ts";
import type { AgreementScenario } from "./agreement-scenarios.ts";
import {
  type Disagreement,
  type StrategyRuns,
  clearPairs,
  errorMs,
  errorShare,
  measures,
} from "./compare-runs.ts";
import { simulatedSeeds } from "./simulated-run.ts";

export interface ScenarioRuns {
  readonly scenario: AgreementScenario;
  readonly runs: readonly StrategyRuns[];
  /** Latest that the real load was sent after its planned moment. */
  readonly worstLagMs: number;
  readonly disagreements: readonly Disagreement[];
}

export interface AgreementReport {
  readonly environment: Environment;
  readonly seconds: number;
  readonly seed: number;
  readonly scenarios: readonly ScenarioRuns[];
}

const page = new URL("../../../docs/simulator-agreement.md", import.meta.url);

/** Writes docs/simulator-agreement.md; returns its path. */
export async function writeAgreementDocs(report: AgreementReport): Promise<string> {
  const path = fileURLToPath(page);
  await writeFile(path, agreementPage(report));
  return path;
}

/** The page as Markdown. */
export function agreementPage(report: AgreementReport): string {
  return [head(report), ...report.scenarios.map(section)].join("\n");
}

function head({ environment, seconds, seed }: AgreementReport): string {
  return `# Does the simulator tell the truth?

<!-- Written by \`evenkeel-bench agreement --write-docs\`; edits are lost. -->

The same scenario twice: with real processes (\`evenkeel backend --slots\`, the real balancer with one
worker, a Poisson load over loopback) and under the simulator's virtual clock, which runs the same
strategy classes. Each real run takes ${seconds} s with seed ${seed}: every strategy meets the same
arrivals and the same work, which the load sends along (\`X-Work-Ms\`). A queue needs longer than that to
show its mean, so one run is compared with ${simulatedSeeds} simulated ones of as many requests, and not with
their mean: the real figure must lie between the least and the largest of them, or outside by no more
than the **stated error of ${Math.round(errorShare * 100)} % and ${errorMs} ms** (two more sockets, timers of whole milliseconds). Two
strategies whose simulated ranges do not touch, error included, must come out in the same order.

Times in milliseconds: median [least–largest] of the simulated runs / the real run.

${describeEnvironment(environment).join("<br>\n")}
`;
}

function section({ scenario, runs, worstLagMs, disagreements }: ScenarioRuns): string {
  const rows = runs.map(({ strategy, simulated, real }) => {
    const cells = measures.map(({ measure }) => {
      const [median, min, max] = [
        simulated[measure].median,
        simulated[measure].min,
        simulated[measure].max,
      ].map((ms) => ms.toFixed(1));
      return `${median} [${min}–${max}] / **${real[measure].toFixed(1)}**`;
    });
    return `| ${strategy} | ${cells.join(" | ")} |`;
  });
  const pairs = measures.reduce((sum, measure) => sum + clearPairs(runs, measure).length, 0);
  const verdict =
    disagreements.length === 0
      ? `All agree; ${pairs} orders of two strategies were checked.`
      : disagreements.map(({ strategy, reason }) => `- **${strategy}** ${reason}`).join("\n");
  return `## ${scenario.title}

| strategy | ${measures.map(({ label }) => label).join(" | ")} |
|---|${"---:|".repeat(measures.length)}
${rows.join("\n")}

${verdict} The load was never sent later than ${worstLagMs.toFixed(0)} ms after its moment.
`;
}

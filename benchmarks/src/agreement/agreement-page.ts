import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Environment, describeEnvironment } from "../environment.ts";
import type { AgreementScenario } from "./agreement-scenarios.ts";
import { type Disagreement, type StrategyRuns, clearPairs, tolerances } from "./compare-runs.ts";

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
  const errors = tolerances.map(
    ({ label, share, extraMs }) => `${label} within ${Math.round(share * 100)} % + ${extraMs} ms`,
  );
  return `# Does the simulator tell the truth?

<!-- Written by \`evenkeel-bench agreement --write-docs\`; edits are lost. -->

The same scenario twice: with real processes (\`evenkeel backend --slots\`, the real balancer with one
worker, a Poisson load over loopback) and under the simulator's virtual clock, which runs the same
strategy classes. Stated error: ${errors.join(", ")}; two strategies that the simulation sees further
apart than twice that must come out in the same order.

Real runs take ${seconds} s each with seed ${seed}: every strategy meets the same arrivals and the same
work, which the load sends along (\`X-Work-Ms\`). The simulation is the median of 5 seeds of 200,000
requests. Times in milliseconds, simulated / real.

${describeEnvironment(environment).join("<br>\n")}
`;
}

function section({ scenario, runs, worstLagMs, disagreements }: ScenarioRuns): string {
  const rows = runs.map(({ strategy, simulated, real }) => {
    const cells = tolerances.map(
      ({ measure }) => `${simulated[measure].toFixed(1)} / ${real[measure].toFixed(1)}`,
    );
    return `| ${strategy} | ${cells.join(" | ")} |`;
  });
  const pairs = tolerances.reduce((sum, tolerance) => sum + clearPairs(runs, tolerance), 0);
  const verdict =
    disagreements.length === 0
      ? `All agree; ${pairs} orders of two strategies were checked.`
      : disagreements.map(({ strategy, reason }) => `- **${strategy}** ${reason}`).join("\n");
  return `## ${scenario.title}

| strategy | ${tolerances.map(({ label }) => label).join(" | ")} |
|---|${"---:|".repeat(tolerances.length)}
${rows.join("\n")}

${verdict} The load was never sent later than ${worstLagMs.toFixed(0)} ms after its moment.
`;
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Workbench } from "../workbench.ts";
import type { QuantileSpreads, Spread } from "./compare-runs.ts";

const evenkeel = fileURLToPath(new URL("../../../node_modules/.bin/evenkeel", import.meta.url));

/** So many that the least and the largest of them say what chance does to one run. */
export const simulatedSeeds = 40;

/** The part of `evenkeel simulate --json` that is compared. */
interface SimulationDocument {
  readonly cells: readonly {
    readonly strategies: readonly {
      readonly strategy: string;
      readonly meanMs: Spread;
      readonly p50Ms: Spread;
      readonly p99Ms: Spread;
    }[];
  }[];
}

/** By strategy, what `evenkeel simulate` says of the scenario in runs of `requests` each. */
export async function simulate(
  workbench: Workbench,
  scenario: string,
  requests: number,
): Promise<ReadonlyMap<string, QuantileSpreads>> {
  const length = ["--requests", String(requests), "--seeds", String(simulatedSeeds)];
  const args = ["simulate", "--scenario", scenario, ...length, "--json"];
  const placement = {
    cores: workbench.allowedCores,
    errorFile: join(workbench.directory, "simulate.log"),
  };
  const text = await workbench.processes.output({ program: evenkeel, args }, placement);
  const [cell] = (JSON.parse(text) as SimulationDocument).cells;
  const strategies = cell?.strategies ?? [];
  return new Map(
    strategies.map(({ strategy, meanMs, p50Ms, p99Ms }) => [strategy, { meanMs, p50Ms, p99Ms }]),
  );
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Workbench } from "../workbench.ts";
import type { Quantiles } from "./compare-runs.ts";

const evenkeel = fileURLToPath(new URL("../../../node_modules/.bin/evenkeel", import.meta.url));
const seeds = 5;

interface Median {
  readonly median: number;
}

/** The part of `evenkeel simulate --json` that is compared. */
interface SimulationDocument {
  readonly cells: readonly {
    readonly strategies: readonly {
      readonly strategy: string;
      readonly meanMs: Median;
      readonly p50Ms: Median;
      readonly p99Ms: Median;
    }[];
  }[];
}

/** Medians over the seeds, by strategy: what `evenkeel simulate` says of the scenario. */
export async function simulate(
  workbench: Workbench,
  scenario: string,
): Promise<ReadonlyMap<string, Quantiles>> {
  const args = ["simulate", "--scenario", scenario, "--seeds", String(seeds), "--json"];
  const placement = {
    cores: workbench.allowedCores,
    errorFile: join(workbench.directory, "simulate.log"),
  };
  const text = await workbench.processes.output({ program: evenkeel, args }, placement);
  const [cell] = (JSON.parse(text) as SimulationDocument).cells;
  const entries = (cell?.strategies ?? []).map(
    ({ strategy, meanMs, p50Ms, p99Ms }): [string, Quantiles] => [
      strategy,
      { meanMs: meanMs.median, p50Ms: p50Ms.median, p99Ms: p99Ms.median },
    ],
  );
  return new Map(entries);
}

import {
  type ConfigProblem,
  formatProblem,
  loadConfig,
  type PoolConfig,
  readConfigFile,
} from "@evenkeel/config";
import { meanMsOf } from "../engine/distribution.ts";
import { formatCount, formatMs, formatShare } from "../report/format.ts";
import type { Cell } from "../scenarios/scenario.ts";
import { unknownName } from "./option-values.ts";
import { poolCell, SimulateUsageError, type Traffic, utilisationOf } from "./pool-cell.ts";
import type { Plan } from "./run-report.ts";

/** The file is wrong; every problem is in the message, a line each. */
export class BadConfigurationError extends Error {
  override readonly name = "BadConfigurationError";
}

export interface PoolChoice {
  readonly config: string;
  readonly pool: string | undefined;
  readonly traffic: Traffic;
  readonly seeds: readonly number[];
  /** As they were typed. */
  readonly load: string;
  readonly serviceTime: string;
}

export function poolPlan(choice: PoolChoice): Plan {
  const pool = chosenPool(poolsOf(choice.config), choice.pool);
  const cell = poolCell(pool, choice.traffic);
  return {
    title: `Pool ${pool.name} of ${choice.config}: ${choice.load}, ${choice.serviceTime}`,
    shows: "",
    cells: [cell],
    seeds: choice.seeds,
    facts: (one) => facts(one, choice.traffic),
  };
}

function poolsOf(path: string): readonly PoolConfig[] {
  const read = readConfigFile(path);
  if (!read.ok) throw badConfiguration([read.problem]);
  const loaded = loadConfig({ file: read.file, env: process.env, overrides: [] });
  if (!loaded.ok) throw badConfiguration(loaded.problems);
  return loaded.config.pools;
}

function badConfiguration(problems: readonly ConfigProblem[]): BadConfigurationError {
  return new BadConfigurationError(
    problems.map((problem) => `error: ${formatProblem(problem)}`).join("\n"),
  );
}

function chosenPool(pools: readonly PoolConfig[], name: string | undefined): PoolConfig {
  const names = pools.map((pool) => pool.name);
  const [only] = pools;
  if (name === undefined && pools.length === 1 && only !== undefined) return only;
  if (name === undefined) {
    throw new SimulateUsageError(`--pool: say which of ${names.join(", ")}`);
  }
  const found = pools.find((pool) => pool.name === name);
  if (found === undefined) throw new SimulateUsageError(unknownName("pool", name, names));
  return found;
}

function facts(cell: Cell, { service, slots }: Traffic): readonly string[] {
  const { backends } = cell.setup;
  const counts = [...new Set(backends.map((backend) => backend.slots))];
  const each = counts.length === 1 ? `${counts[0]} slots each` : backends.map(slotText).join(", ");
  const chosen =
    slots === undefined ? " (chosen for 80 % of them busy; --slots says otherwise)" : "";
  const utilisation = utilisationOf(cell);
  const lines = [
    `${formatCount(backends.length)} backends, ${each}${chosen}`,
    `mean service time ${formatMs(meanMsOf(service))}, utilisation ${formatShare(utilisation)}`,
  ];
  if (utilisation < 1) return lines;
  return [...lines, "more comes than can be done: times grow with the length of the run"];
}

function slotText({ id, slots }: Cell["setup"]["backends"][number]): string {
  return `${id} ${slots}`;
}

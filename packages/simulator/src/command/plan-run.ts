import type { PoolConfig, ResolvedConfig } from "@evenkeel/config";
import { type StrategyName, strategyNames } from "@evenkeel/core";
import { meanMsOf } from "../engine/distribution.ts";
import { findScenario, scenarios } from "../scenarios/registry.ts";
import type { Cell, Scenario } from "../scenarios/scenario.ts";
import { unknownName } from "./option-values.ts";
import { poolCell, SimulateUsageError, utilisationOf } from "./pool-cell.ts";
import type { Plan } from "./run-report.ts";
import type { SimulateFlags } from "./simulate-command.ts";

const usualRequests = 100_000;

/** Throws SimulateUsageError when the flags and the configuration do not go together. */
export function planFromConfig(config: ResolvedConfig, flags: SimulateFlags): Plan {
  const { load, serviceTime, slots, queue = Infinity, balancers, keys } = flags;
  if (load === undefined) throw new SimulateUsageError("--load is missing, as in --load 500/s");
  if (serviceTime === undefined) {
    throw new SimulateUsageError("--service-time is missing, as in --service-time 'exp(20ms)'");
  }
  const traffic = {
    perSecond: load,
    service: serviceTime,
    slots,
    queue,
    balancers,
    keys,
    requests: flags.requests ?? usualRequests,
    strategies: flags.strategies === undefined ? undefined : namesOf(flags.strategies),
  };
  return {
    title: `${load} requests/s, ${meanMsOf(serviceTime).toFixed(1)} ms of work each on average`,
    shows: "",
    cells: poolsOf(config, flags.pool).map((pool) => poolCell(pool, traffic)),
    seeds: seedsOf(flags),
    facts: (cell) => [capacityFact(cell)],
  };
}

/** Throws SimulateUsageError for an unknown scenario or contender. */
export function planFromScenario(name: string, flags: SimulateFlags): Plan {
  const scenario = findScenario(name);
  if (scenario === undefined) {
    const known = scenarios.map((one) => one.name);
    throw new SimulateUsageError(unknownName("scenario", name, known));
  }
  if (flags.config !== undefined || flags.load !== undefined) {
    throw new SimulateUsageError(
      "--scenario says what is simulated; leave out --config and --load",
    );
  }
  if (scenario.isTimed && flags.requests !== undefined) {
    throw new SimulateUsageError(
      `--requests: in ${scenario.name} things happen at fixed times; its requests are part of it`,
    );
  }
  const { title, shows } = scenario;
  return { title, shows, cells: cellsOf(scenario, flags), seeds: seedsOf(flags), facts: () => [] };
}

function cellsOf({ cells }: Scenario, { strategies, requests }: SimulateFlags): readonly Cell[] {
  const wanted = strategies?.split(",").map((name) => name.trim());
  const known = [...new Set(cells.flatMap(({ contenders }) => contenders.map(({ name }) => name)))];
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new SimulateUsageError(`--strategies: ${unknownName("strategy", unknown, known)}`);
  }
  return cells
    .map((cell) => ({
      ...cell,
      setup: requests === undefined ? cell.setup : { ...cell.setup, requests },
      contenders: cell.contenders.filter(({ name }) => wanted?.includes(name) ?? true),
    }))
    .filter(({ contenders }) => contenders.length > 0);
}

function poolsOf({ pools }: ResolvedConfig, name: string | undefined): readonly PoolConfig[] {
  if (name === undefined) return pools;
  const pool = pools.find((one) => one.name === name);
  if (pool !== undefined) return [pool];
  const known = pools.map((one) => one.name);
  throw new SimulateUsageError(`--pool: ${unknownName("pool", name, known)}`);
}

function namesOf(list: string): readonly StrategyName[] {
  return list.split(",").map((part) => {
    const name = part.trim();
    const known = strategyNames.find((one) => one === name);
    if (known !== undefined) return known;
    throw new SimulateUsageError(`--strategies: ${unknownName("strategy", name, strategyNames)}`);
  });
}

function seedsOf({ seeds }: SimulateFlags): readonly number[] {
  return Array.from({ length: seeds }, (_, index) => index + 1);
}

function capacityFact(cell: Cell): string {
  const slots = cell.setup.backends.map((backend) => backend.slots);
  const utilisation = utilisationOf(cell);
  const note = utilisation >= 1 ? ": overloaded, queues grow to the end of the run" : "";
  return `slots ${slots.join(", ")}; load ${utilisation.toFixed(2)} of the capacity${note}`;
}

import type { BackendConfig, PoolConfig } from "@evenkeel/config";
import {
  defaultChoice,
  hashKeyOf,
  type StrategyChoice,
  strategyHonoursWeights,
  type StrategyName,
  strategyNames,
} from "@evenkeel/core";
import { steadyLoad } from "../engine/arrivals.ts";
import { type Distribution, meanMsOf } from "../engine/distribution.ts";
import { productionRetries } from "../engine/retry-rule.ts";
import { type SimulatedBackend, simulatedBackend } from "../engine/simulated-backend.ts";
import { production, type StrategyUnderTest } from "../engine/strategy-under-test.ts";
import { type Cell, networkDelayMs } from "../scenarios/scenario.ts";

/** What the configuration does not say. */
export interface Traffic {
  readonly perSecond: number;
  readonly service: Distribution;
  /** Of every backend, or by id; undefined = enough for `chosenUtilisation`. */
  readonly slots: number | ReadonlyMap<string, number> | undefined;
  readonly queue: number;
  readonly requests: number;
  readonly balancers: number;
  readonly keys: number;
  /** undefined = those that make sense for the pool. */
  readonly strategies: readonly StrategyName[] | undefined;
}

/** Nobody said what the backends can do: busy enough for strategies to differ, and not overloaded. */
export const chosenUtilisation = 0.8;

/** Something about flags and pool together that cannot be. */
export class SimulateUsageError extends Error {
  override readonly name = "SimulateUsageError";
}

/** A pool of the configuration under the traffic, for every strategy that it could have. */
export function poolCell(pool: PoolConfig, traffic: Traffic): Cell {
  const slots = slotsOf(pool.backends, traffic);
  return {
    name: `pool ${pool.name}`,
    setup: {
      backends: pool.backends.map((backend, index) =>
        toSimulated(backend, slots[index] ?? 1, traffic),
      ),
      load: steadyLoad(traffic.perSecond),
      requests: traffic.requests,
      service: traffic.service,
      balancers: traffic.balancers,
      delayMs: networkDelayMs,
      attemptTimeoutMs: pool.timeouts.responseMs,
      retries: () => productionRetries(pool.retry),
      keys: { count: traffic.keys, exponent: 1 },
    },
    contenders: contendersFor(pool, traffic.strategies),
  };
}

/** Busy slots in relation to all; above 1 queues grow without end. */
export function utilisationOf({ setup }: Cell): number {
  const slots = setup.backends.reduce((sum, backend) => sum + backend.slots, 0);
  const perSecond = setup.load.steps[0]?.perSecond ?? 0;
  return (perSecond * meanMsOf(setup.service)) / 1000 / slots;
}

function toSimulated(backend: BackendConfig, slots: number, { queue }: Traffic): SimulatedBackend {
  const { id, weight } = backend;
  return simulatedBackend({ id, weight, slots, queue, priority: priorityOf(backend) });
}

/** A backup has a priority of its own in configurations that know them. */
function priorityOf(backend: BackendConfig): number {
  const { priority = 0 } = backend as { readonly priority?: number };
  return priority;
}

function slotsOf(backends: readonly BackendConfig[], traffic: Traffic): readonly number[] {
  const { slots, perSecond, service } = traffic;
  if (typeof slots === "number") return backends.map(() => slots);
  if (slots !== undefined) return backends.map(({ id }) => namedSlots(slots, id, backends));
  const busy = (perSecond * meanMsOf(service)) / 1000;
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  // A weight is what its owner thinks of a backend's capacity.
  return backends.map(({ weight }) =>
    Math.max(1, Math.ceil((busy / chosenUtilisation) * (weight / total))),
  );
}

function namedSlots(
  slots: ReadonlyMap<string, number>,
  id: string,
  backends: readonly BackendConfig[],
): number {
  const ids = backends.map((backend) => backend.id);
  const stranger = [...slots.keys()].find((name) => !ids.includes(name));
  if (stranger !== undefined) {
    throw new SimulateUsageError(`--slots: no backend ${stranger}; there are ${ids.join(", ")}`);
  }
  const count = slots.get(id);
  if (count === undefined) throw new SimulateUsageError(`--slots: backend ${id} is missing`);
  return count;
}

function contendersFor(
  pool: PoolConfig,
  names: readonly StrategyName[] | undefined,
): readonly StrategyUnderTest[] {
  const isWeighted = new Set(pool.backends.map(({ weight }) => weight)).size > 1;
  const refused = names?.find((name) => isWeighted && !strategyHonoursWeights(name));
  if (refused !== undefined) {
    throw new SimulateUsageError(
      `--strategies: ${refused} would ignore the weights of pool ${pool.name}; leave it out, or the weights`,
    );
  }
  return (names ?? sensibleNames(pool, isWeighted)).map((name) => production(choiceOf(pool, name)));
}

/** Hashing strategies and `first` only where the pool has one: they are chosen for other reasons than load. */
function sensibleNames(pool: PoolConfig, isWeighted: boolean): readonly StrategyName[] {
  const { type } = pool.strategy;
  const isHashing = hashKeyOf(pool.strategy) !== undefined;
  return strategyNames.filter((name) => {
    if (name === type) return true;
    if (name === "first" || (isWeighted && !strategyHonoursWeights(name))) return false;
    // Without weights they are the same as those without them in their name.
    if (!isWeighted && name.startsWith("weighted-")) return false;
    return isHashing || hashKeyOf(defaultChoice(name)) === undefined;
  });
}

/** With the options of the configuration, where it has the strategy. */
function choiceOf(pool: PoolConfig, name: StrategyName): StrategyChoice {
  return pool.strategy.type === name ? pool.strategy : defaultChoice(name);
}

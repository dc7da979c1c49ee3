import type { PoolConfig } from "@evenkeel/config";
import {
  type Backend,
  Balancer,
  type HealthReports,
  HedgePolicy,
  Pool,
  RetryBudget,
  RetryPolicy,
  type Scoreboard,
  hashKeyOf,
} from "@evenkeel/core";
import { isDeepStrictEqual } from "node:util";
import { type PlacedPool, membersOf } from "./generation/placed-config.ts";
import type { HealthListener } from "./health/health-control.ts";
import type { BindingName, TrafficCounters } from "./observe/traffic-counters.ts";
import type { PoolRuntime } from "./pool-runtime.ts";
import { StickySessions } from "./sticky/sticky-sessions.ts";
import type { ThreadContext } from "./thread-context.ts";
import { BackendConnections } from "./upstream/backend-connections.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** What the pools of one thread are made with, the same in every generation. */
export interface PoolDeps extends HealthListener {
  readonly scoreboard: Scoreboard;
  readonly counters: TrafficCounters;
  /** This thread's column in the scoreboard. */
  readonly worker: number;
  readonly thread: ThreadContext;
}

/** `former` is this pool in the generation before, whose knowledge the new one goes on with. */
export function createPool(
  config: PlacedPool,
  deps: PoolDeps,
  former: PoolRuntime | undefined,
): PoolRuntime {
  const { scoreboard, worker, counters, thread } = deps;
  const { limits } = config;
  const pool = new Pool(config.name, config.row, membersOf(config));
  const waiting = former?.waiting ?? { size: 0 };
  let waitingRoom: WaitingRoom | null = null;
  const balancer = new Balancer({
    pool,
    strategy: config.strategy,
    scoreboard,
    worker,
    clock: () => thread.turns.now,
    random: Math.random,
    reports: reportsOf(config, deps),
    former: former?.balancer,
    ended: (backend, outcome) => counters.attemptEnded(backend.slot, outcome),
    ...(hasLimit(limits) ? { limits, released: () => waitingRoom?.roomMade() } : {}),
  });
  if (hasLimit(limits)) {
    const room = { config, count: waiting, pool, balancer, scoreboard, worker, thread };
    waitingRoom = new WaitingRoom(room);
  }
  const connections = new Map<Backend, BackendConnections>(
    pool.members.map((backend) => [backend, new BackendConnections(backend, config, thread)]),
  );
  const hashKey = hashKeyOf(config.strategy) ?? null;
  const policies = createPolicies(config, pool, deps, former);
  const sticky = createSticky(config, pool, deps);
  const own = { config, index: pool.index, balancer, hashKey, sticky, connections };
  return { ...own, ...policies, waitingRoom, waiting, successor: null };
}

function createSticky(
  { sticky }: PoolConfig,
  pool: Pool,
  { counters, thread: { wallClock } }: PoolDeps,
): StickySessions | null {
  if (sticky === null) return null;
  const count = (binding: BindingName): void => counters.bindingAnswered(pool.index, binding);
  return new StickySessions(sticky, pool, wallClock, count);
}

function hasLimit({ inFlightPerBackend, inFlight, adaptive }: PoolConfig["limits"]): boolean {
  return inFlightPerBackend !== null || inFlight !== null || adaptive;
}

function createPolicies(
  { retry, hedge }: PoolConfig,
  { index }: Pool,
  { scoreboard, worker }: PoolDeps,
  former: PoolRuntime | undefined,
): Pick<PoolRuntime, "retry" | "hedge"> {
  const place = { scoreboard, worker, pool: index };
  const { budget, minRetriesPerSecond } = retry;
  const retryBudget = new RetryBudget({ ...place, budget, minRetriesPerSecond });
  return {
    retry: new RetryPolicy(retry, retryBudget, Math.random),
    hedge: isDeepStrictEqual(hedge, former?.config.hedge ?? null)
      ? (former?.hedge ?? null)
      : hedge && new HedgePolicy({ ...place, ...hedge }),
  };
}

/** Health hears of a row of failures when it is as long as the breaker bears, and at multiples of it. */
function reportsOf(config: PoolConfig, { failing, trialEnded }: PoolDeps): HealthReports {
  const threshold = config.circuitBreaker?.failureThreshold ?? Infinity;
  return {
    failing: ({ slot }, count) => {
      if (count % threshold === 0) failing(slot, count);
    },
    trialEnded: ({ slot }, hasSucceeded) => trialEnded(slot, hasSucceeded),
  };
}

/** What `former` keeps open and idle is its successor's; the connections to backends that are gone end. */
export function handOverConnections(former: PoolRuntime, next: PoolRuntime | undefined): void {
  const bySlot = new Map(
    [...(next?.connections.values() ?? [])].map((connections) => [
      connections.backend.slot,
      connections,
    ]),
  );
  for (const connections of former.connections.values()) {
    connections.handOver(bySlot.get(connections.backend.slot) ?? "nobody");
  }
}

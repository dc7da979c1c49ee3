import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { ListenAddress, ResolvedConfig } from "@evenkeel/config";
import { type OperatorState, Scoreboard, type StrategyChoice } from "@evenkeel/core";
import { limitEvictions } from "./admission/limit-evictions.ts";
import { allocateLimitTables } from "./admission/limit-tables.ts";
import type { AdminCall } from "./admin/audit.ts";
import { AdminListener } from "./admin/admin-listener.ts";
import { DataPlane } from "./data-plane.ts";
import {
  HealthControl,
  type HealthListener,
  type PoolHealthChange,
  type PoolHealthStatus,
} from "./health/health-control.ts";
import type { Notice } from "./observe/notices.ts";
import { TrafficCounters } from "./observe/traffic-counters.ts";
import { poolMembers } from "./pool-members.ts";
import { PoolStrategies, type StrategyChange } from "./pool-strategies.ts";
import { requireFreeAddresses } from "./port-check.ts";
import { Workers } from "./workers.ts";

export interface ProxyHooks {
  readonly writeLog: (lines: string) => void;
  readonly onNotice: (notice: Notice) => void;
  readonly onHealthChange: (change: PoolHealthChange) => void;
  readonly onWorkerCrash: (worker: number, reason: string) => void;
  readonly onStrategyChange: (change: StrategyChange) => void;
  readonly onWorkerReplaced: (worker: number, afterMs: number) => void;
  /** Somebody changed something through the admin API, or was refused. */
  readonly onAdminCall: (call: AdminCall) => void;
}

const noHooks: ProxyHooks = {
  writeLog: () => {},
  onNotice: () => {},
  onHealthChange: () => {},
  onWorkerCrash: () => {},
  onStrategyChange: () => {},
  onWorkerReplaced: () => {},
  onAdminCall: () => {},
};

/** A running balancer: what a library user holds. */
export interface RunningProxy {
  /** In the order of the configuration, with the ports that the system chose. */
  readonly addresses: readonly ListenAddress[];
  readonly workers: number;
  /** Where the admin listener is; null when there is none. */
  readonly admin: ListenAddress | null;
  /** Requests in flight over all backends and workers. */
  inFlight(): number;
  health(): readonly PoolHealthStatus[];
  /**
   * `draining`: no new requests, those that run finish; `maintenance`: the same, and it says so; `active`:
   * traffic again, with slow start. False when there is no such backend.
   */
  setBackendState(pool: string, backend: string, state: OperatorState, reason: string): boolean;
  /**
   * How `pool` picks from the next request on: a name, or a mapping as in the configuration. What is wrong
   * with it, or null when it was done.
   */
  setStrategy(pool: string, strategy: unknown): string | null;
  /** Takes nothing new, finishes what runs, at the latest after `shutdown.timeout`. */
  stop(): Promise<{ readonly isClean: boolean }>;
}

/**
 * Starts the control plane here and the data plane in `workers` threads (0: here too). Rejects with
 * a ListenError when an address cannot be bound. `random` (from 0 to below 1) says where the turns of
 * each pool begin.
 */
export async function startProxy(
  config: ResolvedConfig,
  chosenHooks: Partial<ProxyHooks> = {},
  random: () => number = Math.random,
): Promise<RunningProxy> {
  const hooks = { ...noHooks, ...chosenHooks };
  const count = workerCount(config);
  const members = poolMembers(config).flat();
  const scoreboard = Scoreboard.allocate({
    workers: Math.max(count, 1),
    pools: config.pools.length,
    backends: members.length,
  });
  // Several balancers that start together would otherwise send their first requests to one backend.
  config.pools.forEach((_, pool) => scoreboard.startSequence(pool, Math.floor(random() * 2 ** 32)));
  const counters = Array.from({ length: scoreboard.shape.workers }, () =>
    TrafficCounters.allocate(scoreboard.shape),
  );
  const health = new HealthControl(config, scoreboard, hooks.onHealthChange);
  await requireFreeAddresses(config);
  const limitTables = allocateLimitTables(config);
  const shared = { config, scoreboard, limitTables, counters, hooks, health };
  const dataPlane = count === 0 ? inThisThread(shared) : inWorkers(shared, count);
  const strategies = new PoolStrategies(config, (change, choice) => {
    dataPlane.setStrategy(change.pool, choice);
    hooks.onStrategyChange(change);
  });
  const admin = new AdminListener({
    config,
    scoreboard,
    counters,
    health,
    strategies,
    limitEvictions: limitEvictions(config.routes, limitTables),
    workerRestarts: () => dataPlane.restarts,
    workerThreads: () => dataPlane.threads,
    onNotice: hooks.onNotice,
    onCall: hooks.onAdminCall,
  });
  const bound = await bindAll(admin, dataPlane);
  health.start();
  admin.phase = "serving";
  return {
    ...bound,
    workers: count,
    inFlight: () => members.reduce((sum, { slot }) => sum + scoreboard.inFlight(slot), 0),
    health: () => health.status(),
    setStrategy: (pool, strategy) => strategies.set(pool, strategy),
    setBackendState: (pool, backend, state, reason) =>
      health.setOperatorState(pool, backend, state, reason),
    stop: async () => {
      admin.phase = "draining";
      await health.stop();
      const isClean = await drainWithin(dataPlane, config.shutdown.timeoutMs);
      await admin.close();
      return { isClean };
    },
  };
}

/** Admin first: that its address is taken must come out before a request was served. */
async function bindAll(
  admin: AdminListener,
  dataPlane: Plane,
): Promise<Pick<RunningProxy, "admin" | "addresses">> {
  try {
    return { admin: await admin.listen(), addresses: await dataPlane.start() };
  } catch (error) {
    await Promise.all([admin.close(), dataPlane.terminate()]);
    throw error;
  }
}

/** What both planes work on. */
interface Shared {
  readonly config: ResolvedConfig;
  readonly scoreboard: Scoreboard;
  readonly limitTables: readonly SharedArrayBuffer[];
  /** By data-plane thread. */
  readonly counters: readonly TrafficCounters[];
  readonly hooks: ProxyHooks;
  /** Whom the data plane tells what it sees of backends. */
  readonly health: HealthListener;
}

interface Plane {
  start(): Promise<readonly ListenAddress[]>;
  setStrategy(pool: string, choice: StrategyChoice): void;
  drain(): Promise<void>;
  terminate(): Promise<void>;
  /** How often each worker was replaced. */
  readonly restarts: readonly number[];
  /** By index; null while one is being replaced. */
  readonly threads: readonly (Worker | null)[];
}

function inThisThread(shared: Shared): Plane {
  const { config, scoreboard, limitTables, counters, hooks, health } = shared;
  const { writeLog, onNotice: notify } = hooks;
  const { failing, trialEnded } = health;
  const [own] = counters;
  if (own === undefined) throw new Error("no counters for this thread");
  const plane = new DataPlane({
    config,
    scoreboard,
    limitTables,
    counters: own,
    worker: 0,
    reusePort: false,
    writeLog,
    notify,
    failing,
    trialEnded,
  });
  return {
    start: () => plane.listen(),
    setStrategy: (pool, choice) => plane.setStrategy(pool, choice),
    drain: () => plane.drain(),
    terminate: async () => plane.close(),
    restarts: [],
    threads: [],
  };
}

function inWorkers(shared: Shared, count: number): Plane {
  const { config, scoreboard, limitTables, counters, hooks, health } = shared;
  const { writeLog, onNotice, onWorkerCrash: onCrash, onWorkerReplaced: onReplaced } = hooks;
  const told = { writeLog, onNotice, health, onCrash, onReplaced };
  return new Workers({ config, count, scoreboard, limitTables, counters, ...told });
}

/** A unix socket cannot be shared by several listening sockets, so one worker serves it. */
function workerCount(config: ResolvedConfig): number {
  const wanted = config.workers === "auto" ? availableParallelism() : config.workers;
  const hasUnix = config.listeners.some(({ address }) => address.kind === "unix");
  return hasUnix || !hasReusePort ? Math.min(wanted, 1) : wanted;
}

const hasReusePort = process.platform === "linux";

async function drainWithin(plane: Plane, timeoutMs: number): Promise<boolean> {
  const deadline = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => deadline.resolve(false), timeoutMs);
  const isClean = await Promise.race([plane.drain().then(() => true), deadline.promise]);
  clearTimeout(timer);
  if (!isClean) await plane.terminate();
  return isClean;
}

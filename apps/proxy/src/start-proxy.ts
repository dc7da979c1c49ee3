import type { ListenAddress, LoadResult, ResolvedConfig } from "@evenkeel/config";
import { type OperatorState, Scoreboard } from "@evenkeel/core";
import type { AdminCall } from "./admin/audit.ts";
import { AdminListener } from "./admin/admin-listener.ts";
import { DataPlane } from "./data-plane.ts";
import {
  Generations,
  type Loaded,
  type NextConfig,
  type ReloadResult,
} from "./generation/generations.ts";
import type { PlacedConfig } from "./generation/placed-config.ts";
import { Places, roomFor } from "./generation/places.ts";
import {
  HealthControl,
  type HealthListener,
  type PoolHealthChange,
  type PoolHealthStatus,
} from "./health/health-control.ts";
import type { Notice } from "./observe/notices.ts";
import { TrafficCounters } from "./observe/traffic-counters.ts";
import type { Plane } from "./plane.ts";
import { PoolStrategies, type StrategyChange } from "./pool-strategies.ts";
import { requireFreeAddresses } from "./port-check.ts";
import { TraceBuffer } from "./trace/trace-buffer.ts";
import { Tracing, type TracingChange } from "./trace/tracing.ts";
import { workerCount } from "./worker-count.ts";
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
  /** A reload or another change came into force, or was refused whole; `by` says what asked for it. */
  readonly onReload: (result: ReloadResult, by: string) => void;
  /** Somebody asked for another share of traces, or its time is over. */
  readonly onTracing: (change: TracingChange) => void;
}

const noHooks: ProxyHooks = {
  writeLog: () => {},
  onNotice: () => {},
  onHealthChange: () => {},
  onWorkerCrash: () => {},
  onStrategyChange: () => {},
  onWorkerReplaced: () => {},
  onAdminCall: () => {},
  onReload: () => {},
  onTracing: () => {},
};

/** A running balancer: what a library user holds. */
export interface RunningProxy {
  /** Of the generation in force, in its order, with the ports that the system chose. */
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
  setStrategy(pool: string, strategy: unknown): Promise<string | null>;
  /**
   * Another configuration, whole or not at all: requests from the next one on go by it, those that run
   * end as they began. One at a time. `by` is for the log.
   */
  reload(next: NextConfig, by: string): Promise<ReloadResult>;
  /** Takes nothing new, finishes what runs, at the latest after `shutdown.timeout`. */
  stop(): Promise<{ readonly isClean: boolean }>;
}

/** What a balancer starts with. */
export interface ProxySource extends Loaded {
  /** Reads the configuration again from where it came from; left out where it came from a program. */
  readonly reread?: () => LoadResult;
  /** What this process needs of every configuration, whatever it says. */
  readonly adapt?: (config: ResolvedConfig) => ResolvedConfig;
}

/**
 * Starts the control plane here and the data plane in `workers` threads (0: here too). Rejects with
 * a ListenError when an address cannot be bound. `random` (from 0 to below 1) says where the turns of
 * each pool begin.
 */
export async function startProxy(
  source: ProxySource,
  chosenHooks: Partial<ProxyHooks> = {},
  random: () => number = Math.random,
): Promise<RunningProxy> {
  const hooks = { ...noHooks, ...chosenHooks };
  const { adapt = (config) => config, reread = null } = source;
  const config = adapt(source.config);
  const count = workerCount(config);
  const scoreboard = Scoreboard.allocate(roomFor(config, Math.max(count, 1)));
  const counters = Array.from({ length: scoreboard.shape.workers }, () =>
    TrafficCounters.allocate(scoreboard.shape),
  );
  const places = new Places(scoreboard, counters, random);
  const first = places.place(config);
  const health = new HealthControl(first.config, scoreboard, hooks.onHealthChange);
  await requireFreeAddresses(config.listeners);
  const traces = new TraceBuffer(
    () => generations.config.traces.keep,
    () => health.status(),
  );
  const writeTraces = traces.add;
  const shared = { config: first.config, scoreboard, counters, hooks, health, writeTraces };
  const plane = count === 0 ? inThisThread(shared) : inWorkers(shared, count);
  const onReload: ProxyHooks["onReload"] = (result, by) => {
    tracing.follow();
    hooks.onReload(result, by);
  };
  const deps = { scoreboard, places, plane, health, adapt, onReload };
  const generations = new Generations(first, source, deps);
  const configured = (): number => generations.config.traces.share;
  const tracing = new Tracing(configured, traces, (change) => {
    plane.setTracing(change.share);
    hooks.onTracing(change);
  });
  const strategies = new PoolStrategies(generations, hooks.onStrategyChange);
  const admin = new AdminListener({
    generations,
    reread,
    scoreboard,
    counters,
    health,
    strategies,
    tracing,
    workerRestarts: () => plane.restarts,
    workerThreads: () => plane.threads,
    onNotice: hooks.onNotice,
    onCall: hooks.onAdminCall,
  });
  const bound = await bindAll(admin, generations, plane);
  health.start();
  admin.phase = "serving";
  return {
    get addresses() {
      return generations.config.listeners.map(({ address }) => address);
    },
    admin: bound,
    workers: count,
    inFlight: () => scoreboard.inFlightInAll,
    health: () => health.status(),
    reload: (next, by) => generations.change(next, by),
    setStrategy: (pool, strategy) => strategies.set(pool, strategy),
    setBackendState: (pool, backend, state, reason) =>
      health.setOperatorState(pool, backend, state, reason),
    stop: async () => {
      admin.phase = "draining";
      tracing.stop();
      await generations.stop();
      await health.stop();
      const isClean = await drainWithin(plane, generations.config.shutdown.timeoutMs);
      await admin.close();
      return { isClean };
    },
  };
}

/** Admin first: that its address is taken must come out before a request was served. */
async function bindAll(
  admin: AdminListener,
  generations: Generations,
  plane: Plane,
): Promise<ListenAddress | null> {
  try {
    const address = await admin.listen();
    await generations.start();
    return address;
  } catch (error) {
    await Promise.all([admin.close(), plane.terminate()]);
    throw error;
  }
}

/** What both planes work on. */
interface Shared {
  readonly config: PlacedConfig;
  readonly scoreboard: Scoreboard;
  /** By data-plane thread. */
  readonly counters: readonly TrafficCounters[];
  readonly hooks: ProxyHooks;
  /** Whom the data plane tells what it sees of backends. */
  readonly health: HealthListener;
  readonly writeTraces: TraceBuffer["add"];
}

function inThisThread({ config, scoreboard, counters, hooks, health, writeTraces }: Shared): Plane {
  const { writeLog, onNotice: notify } = hooks;
  const { failing, trialEnded } = health;
  const [own] = counters;
  if (own === undefined) throw new Error("no counters for this thread");
  const told = { writeLog, notify, failing, trialEnded, writeTraces };
  const place = { scoreboard, counters: own, worker: 0, reusePort: false };
  const plane = new DataPlane({ ...place, ...told });
  return {
    start: async () => {
      const addresses = await plane.prepare(config);
      await plane.commit();
      return addresses;
    },
    prepare: (next) => plane.prepare(next),
    commit: () => plane.commit(),
    abandon: () => plane.abandon(),
    setTracing: (share) => plane.setTracing(share),
    drain: () => plane.drain(),
    terminate: async () => plane.close(),
    restarts: [],
    threads: [],
  };
}

function inWorkers({ hooks, health, ...shared }: Shared, count: number): Plane {
  const { writeLog, onNotice, onWorkerCrash: onCrash, onWorkerReplaced: onReplaced } = hooks;
  const told = { writeLog, onNotice, health, onCrash, onReplaced };
  return new Workers({ ...shared, ...told, count });
}

async function drainWithin(plane: Plane, timeoutMs: number): Promise<boolean> {
  const deadline = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => deadline.resolve(false), timeoutMs);
  const isClean = await Promise.race([plane.drain().then(() => true), deadline.promise]);
  clearTimeout(timer);
  if (!isClean) await plane.terminate();
  return isClean;
}

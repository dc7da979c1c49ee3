import type { ListenAddress, PoolConfig, ResolvedConfig } from "@evenkeel/config";
import {
  type Backend,
  Balancer,
  type HealthReports,
  HedgePolicy,
  Pool,
  RetryBudget,
  RetryPolicy,
  type Scoreboard,
  type StrategyChoice,
  hashKeyOf,
} from "@evenkeel/core";
import {
  type HeadLimits,
  type Latin1Decoder,
  RequestParser,
  ResponseParser,
  defaultHeadLimits,
} from "@evenkeel/http1";
import { clientAccess } from "./admission/client-access.ts";
import { attachLimitTables } from "./admission/limit-tables.ts";
import { type RouteGate, createRouteGate } from "./admission/route-gate.ts";
import { connectionsByDescriptors, hasDescriptors } from "./descriptor-limit.ts";
import { BodyTransfer } from "./body-transfer.ts";
import type { HealthListener } from "./health/health-control.ts";
import { Listener, createReadBuffer } from "./downstream/listener.ts";
import { startAttempt } from "./handle-request.ts";
import { AccessLog } from "./observe/access-log.ts";
import { type Notice, Notices } from "./observe/notices.ts";
import { Recorder } from "./observe/recorder.ts";
import { RequestIds } from "./observe/request-ids.ts";
import type { BindingName, TrafficCounters } from "./observe/traffic-counters.ts";
import type { PoolRuntime } from "./pool-runtime.ts";
import { poolMembers } from "./pool-members.ts";
import { addressSet } from "./routing/address-set.ts";
import { Router } from "./routing/router.ts";
import { Shelf } from "./shelf.ts";
import { StatusPage } from "./status-page.ts";
import { StickySessions } from "./sticky/sticky-sessions.ts";
import type { ListenerContext, ThreadContext } from "./thread-context.ts";
import { Deadlines } from "./timing/deadlines.ts";
import { HttpDate } from "./timing/http-date.ts";
import { Turns } from "./timing/turns.ts";
import { BackendConnections } from "./upstream/backend-connections.ts";
import { WaitingRoom } from "./waiting-room.ts";

export interface DataPlaneOptions extends HealthListener {
  readonly config: ResolvedConfig;
  readonly scoreboard: Scoreboard;
  /** From `allocateLimitTables`, shared by all threads. */
  readonly limitTables: readonly SharedArrayBuffer[];
  /** This thread's own. */
  readonly counters: TrafficCounters;
  /** This thread's column in the scoreboard. */
  readonly worker: number;
  readonly reusePort: boolean;
  /** Access records, as whole lines. */
  readonly writeLog: (lines: string) => void;
  readonly notify: (notice: Notice) => void;
}

const sweepEveryMs = 500;
const noDescriptors = "no descriptor is left: connections are lost before they are accepted";

/** One thread's share of the traffic: its listeners, its connections, its timers. */
export class DataPlane {
  readonly #thread: ThreadContext & { router: Router };
  readonly #listeners: readonly Listener[];
  readonly #pools: readonly PoolRuntime[];
  readonly #timer: NodeJS.Timeout;
  readonly #counters: TrafficCounters;
  readonly #reusePort: boolean;
  readonly #scoreboard: Scoreboard;

  constructor(options: DataPlaneOptions) {
    const { config } = options;
    this.#reusePort = options.reusePort;
    this.#scoreboard = options.scoreboard;
    this.#counters = options.counters;
    this.#thread = createThread(options);
    const members = poolMembers(config);
    this.#pools = config.pools.map((pool, index) =>
      createPool(pool, new Pool(pool.name, index, members[index] ?? []), options, this.#thread),
    );
    const byName = new Map(this.#pools.map((pool) => [pool.config.name, pool]));
    const findPool = (name: string): PoolRuntime => {
      const pool = byName.get(name);
      if (pool === undefined) throw new Error(`a route names the unknown pool ${name}`);
      return pool;
    };
    this.#thread.router = createRouter(options, findPool, this.#thread);
    this.#listeners = config.listeners.map(
      (listener) => new Listener(listenerContext(listener, this.#thread, options)),
    );
    this.#tickedAt = this.#thread.clock();
    this.#timer = setInterval(this.#tick, Deadlines.tickMs);
  }

  /** Binds every listener, in order; the answer has the ports that the system chose. */
  async listen(): Promise<readonly ListenAddress[]> {
    const addresses: ListenAddress[] = [];
    for (const listener of this.#listeners) {
      addresses.push(await listener.listen({ reusePort: this.#reusePort }));
    }
    return addresses;
  }

  /** Of new requests; those that wait for room go by it, too. */
  setStrategy(name: string, choice: StrategyChoice): void {
    for (const pool of this.#pools) {
      if (pool.config.name !== name) continue;
      pool.balancer.setStrategy(choice);
      pool.hashKey = hashKeyOf(choice) ?? null;
    }
  }

  /** Finishes what runs and takes nothing new; resolves when the last connection has ended. */
  async drain(): Promise<void> {
    this.#thread.isDraining = true;
    await Promise.all(this.#listeners.map((listener) => listener.drain()));
    this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#thread.router.close();
    for (const listener of this.#listeners) listener.destroy();
    for (const { connections, waitingRoom } of this.#pools) {
      for (const connection of connections.values()) connection.destroyIdle();
      waitingRoom?.close();
    }
    this.#thread.accessLog.flush();
  }

  #sweptAt = 0;
  #healthVersion = 0;
  #tickedAt: number;

  readonly #tick = (): void => {
    const thread = this.#thread;
    thread.date.advance();
    thread.deadlines.advance();
    thread.accessLog.flush();
    this.#followHealth();
    const now = thread.clock();
    this.#counters.loopDelayed(now - this.#tickedAt - Deadlines.tickMs);
    this.#tickedAt = now;
    if (now - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = now;
    if (!hasDescriptors()) thread.notices.add("descriptors-exhausted", noDescriptors, now);
    thread.notices.flush(now);
    for (const { connections } of this.#pools) {
      for (const connection of connections.values()) connection.sweep(now);
    }
  };

  /** Every connection is looked at, but only when a backend's permission has changed. */
  #followHealth(): void {
    const { readyVersion } = this.#scoreboard;
    if (readyVersion === this.#healthVersion) return;
    this.#healthVersion = readyVersion;
    const isDown = ({ slot }: Backend): boolean => this.#scoreboard.isDown(slot);
    for (const listener of this.#listeners) listener.leaveDownBackends(isDown);
  }
}

function createThread(options: DataPlaneOptions): ThreadContext & { router: Router } {
  const clock = (): number => performance.now();
  const turns = new Turns(startAttempt, clock, () => performance.nodeTiming.idleTime);
  const wallClock = (): number => Date.now();
  const accessLog = new AccessLog(options.config.accessLog.format, wallClock, options.writeLog);
  return {
    clock,
    wallClock,
    random: Math.random,
    deadlines: new Deadlines(clock),
    turns,
    queue: (exchange) => {
      if (exchange.isQueued) return;
      exchange.isQueued = true;
      turns.add(exchange);
    },
    date: new HttpDate(wallClock),
    requestIds: new RequestIds(wallClock(), Math.random),
    accessLog,
    recorder: new Recorder(options.counters, accessLog),
    notices: new Notices(options.notify),
    transfer: new BodyTransfer(),
    responseParsers: new Shelf(() => new ResponseParser(defaultHeadLimits, decodeLatin1)),
    readBuffer: createReadBuffer(),
    router: noRouter,
    isDraining: false,
  };
}

/** Until the pools are there, which need the thread; nothing is listened to before. */
const noRouter = new Router([], {
  findPool: () => {
    throw new Error("there are no pools yet");
  },
  gates: [],
  thread: { random: () => 0, clock: () => 0, runLast: () => undefined },
});

function createRouter(
  options: DataPlaneOptions,
  findPool: (name: string) => PoolRuntime,
  { random, clock, turns }: ThreadContext,
): Router {
  const thread = { random, clock, runLast: (task: () => void): void => turns.runLast(task) };
  return new Router(options.config.routes, { findPool, gates: createGates(options), thread });
}

function createGates({ config, limitTables }: DataPlaneOptions): readonly (RouteGate | null)[] {
  const tables = attachLimitTables(config.routes, limitTables);
  return config.routes.map((route, index) =>
    createRouteGate(route, tables[index] ?? [], Math.random),
  );
}

function createPool(
  config: PoolConfig,
  pool: Pool,
  options: DataPlaneOptions,
  thread: ThreadContext,
): PoolRuntime {
  const { scoreboard, worker } = options;
  const { limits } = config;
  let waitingRoom: WaitingRoom | null = null;
  const balancer = new Balancer({
    pool,
    strategy: config.strategy,
    scoreboard,
    worker,
    clock: () => thread.turns.now,
    random: Math.random,
    reports: reportsOf(config, options),
    ended: (backend, outcome) => options.counters.attemptEnded(backend.slot, outcome),
    ...(hasLimit(limits) ? { limits, released: () => waitingRoom?.roomMade() } : {}),
  });
  if (hasLimit(limits)) {
    waitingRoom = new WaitingRoom({ config, pool, balancer, scoreboard, worker, thread });
  }
  const connections = new Map<Backend, BackendConnections>(
    pool.members.map((backend) => [backend, new BackendConnections(backend, config, thread)]),
  );
  const hashKey = hashKeyOf(config.strategy) ?? null;
  const policies = createPolicies(config, pool, options);
  const sticky = createSticky(config, pool, options, thread);
  const own = { config, index: pool.index, balancer, hashKey, sticky, connections, waitingRoom };
  return { ...own, ...policies };
}

function createSticky(
  { sticky }: PoolConfig,
  pool: Pool,
  { counters }: DataPlaneOptions,
  { wallClock }: ThreadContext,
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
  { scoreboard, worker }: DataPlaneOptions,
): Pick<PoolRuntime, "retry" | "hedge"> {
  const place = { scoreboard, worker, pool: index };
  const { budget, minRetriesPerSecond } = retry;
  const retryBudget = new RetryBudget({ ...place, budget, minRetriesPerSecond });
  return {
    retry: new RetryPolicy(retry, retryBudget, Math.random),
    hedge: hedge === null ? null : new HedgePolicy({ ...place, ...hedge }),
  };
}

/** Health hears of a row of failures when it is as long as the breaker bears, and at multiples of it. */
function reportsOf(config: PoolConfig, { failing, trialEnded }: DataPlaneOptions): HealthReports {
  const threshold = config.circuitBreaker?.failureThreshold ?? Infinity;
  return {
    failing: ({ slot }, count) => {
      if (count % threshold === 0) failing(slot, count);
    },
    trialEnded: ({ slot }, hasSucceeded) => trialEnded(slot, hasSucceeded),
  };
}

function listenerContext(
  config: ResolvedConfig["listeners"][number],
  thread: ThreadContext,
  { config: resolved, scoreboard, worker }: DataPlaneOptions,
): ListenerContext {
  const limits: HeadLimits = config.limits;
  const { connections } = config.limits;
  return {
    thread,
    config,
    requestParsers: new Shelf(() => new RequestParser(limits, decodeLatin1)),
    isTrusted: addressSet(config.trustedProxies),
    isAllowed: clientAccess(config.access),
    statusPage:
      config.statusPath === null
        ? null
        : new StatusPage(config.statusPath, poolMembers(resolved).flat(), scoreboard),
    connected: () => scoreboard.clientConnected(worker),
    left: () => scoreboard.clientLeft(worker),
    // More than the descriptors allow cannot be held; trying makes the workers fight for the last one.
    maxConnections: Math.min(
      connections === "auto" ? Infinity : connections,
      connectionsByDescriptors(),
    ),
  };
}

const decodeLatin1: Latin1Decoder = (bytes, start, end) =>
  Buffer.prototype.latin1Slice.call(bytes, start, end);

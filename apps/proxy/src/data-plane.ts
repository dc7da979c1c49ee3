import { performance } from "node:perf_hooks";
import type { ListenAddress } from "@evenkeel/config";
import type { Backend, Scoreboard } from "@evenkeel/core";
import { type HeadLimits, RequestParser, ResponseParser, defaultHeadLimits } from "@evenkeel/http1";
import { clientAccess } from "./admission/client-access.ts";
import { BodyTransfer } from "./body-transfer.ts";
import type { PoolDeps } from "./create-pool.ts";
import { connectionsByDescriptors, hasDescriptors } from "./descriptor-limit.ts";
import { createReadBuffer } from "./downstream/listener.ts";
import { Listeners } from "./downstream/listeners.ts";
import type { PlacedConfig, PlacedListener } from "./generation/placed-config.ts";
import { type Serving, createServing, retire } from "./generation/serving.ts";
import { startAttempt } from "./handle-request.ts";
import type { HealthListener } from "./health/health-control.ts";
import { decodeLatin1 } from "./latin1-buffer.ts";
import { AccessLog } from "./observe/access-log.ts";
import { type Notice, Notices } from "./observe/notices.ts";
import { Recorder } from "./observe/recorder.ts";
import { RequestIds } from "./observe/request-ids.ts";
import type { TrafficCounters } from "./observe/traffic-counters.ts";
import { addressSet } from "./routing/address-set.ts";
import { Router } from "./routing/router.ts";
import { Shelf } from "./shelf.ts";
import { StatusPage } from "./status-page.ts";
import type { ListenerContext, ThreadContext } from "./thread-context.ts";
import { Deadlines } from "./timing/deadlines.ts";
import { HttpDate } from "./timing/http-date.ts";
import { Turns } from "./timing/turns.ts";
import type { TraceRecord } from "./trace/trace-record.ts";
import { Tracer } from "./trace/tracer.ts";

export interface DataPlaneOptions extends HealthListener {
  readonly scoreboard: Scoreboard;
  /** This thread's own. */
  readonly counters: TrafficCounters;
  /** This thread's column in the scoreboard. */
  readonly worker: number;
  readonly reusePort: boolean;
  /** Access records, as whole lines. */
  readonly writeLog: (lines: string) => void;
  readonly notify: (notice: Notice) => void;
  /** Requests that were sampled, and how many more there were. */
  readonly writeTraces: (records: readonly TraceRecord[], dropped: number) => void;
}

const sweepEveryMs = 500;
const noDescriptors = "no descriptor is left: connections are lost before they are accepted";

/**
 * One thread's share of the traffic: its listeners, its connections, its timers. It serves one
 * generation; the next one is prepared beside it and comes into force in one step.
 */
export class DataPlane {
  readonly #thread: ThreadContext & { router: Router };
  readonly #deps: PoolDeps;
  readonly #listeners: Listeners;
  readonly #timer: NodeJS.Timeout;
  readonly #counters: TrafficCounters;
  readonly #scoreboard: Scoreboard;
  readonly #writeTraces: DataPlaneOptions["writeTraces"];
  #serving: Serving | null = null;
  #next: Serving | null = null;

  constructor(options: DataPlaneOptions) {
    this.#scoreboard = options.scoreboard;
    this.#counters = options.counters;
    this.#writeTraces = options.writeTraces;
    this.#thread = createThread(options);
    this.#deps = { ...options, thread: this.#thread };
    const contextOf = (listener: PlacedListener): ListenerContext =>
      listenerContext(listener, this.#thread, options, this.#statusPageOf(listener));
    this.#listeners = new Listeners(contextOf, options);
    this.#tickedAt = this.#thread.clock();
    this.#timer = setInterval(this.#tick, Deadlines.tickMs);
  }

  /**
   * Makes everything that `config` asks for, beside what serves now. The answer is the addresses of all
   * listeners, in order, with the ports that the system chose; rejects when something cannot be had, and
   * then nothing has changed.
   */
  async prepare(config: PlacedConfig): Promise<readonly ListenAddress[]> {
    this.#next = createServing(config, this.#deps, this.#serving);
    return await this.#listeners.prepare(config.listeners);
  }

  /**
   * What was prepared serves every request from the next one on. Resolves at the end of the turn, when
   * those that were read before have been sent.
   */
  async commit(): Promise<void> {
    const [former, next] = [this.#serving, this.#next];
    if (next === null) return;
    this.#next = null;
    this.#serving = next;
    this.#thread.router = next.router;
    this.#thread.accessLog.follow(next.config.accessLog);
    // Another share that somebody asked for meanwhile holds until the configured one changes.
    const { share } = next.config.traces;
    if (share !== (former?.config.traces.share ?? 0)) this.setTracing(share);
    if (former !== null) retire(former, next);
    this.#listeners.commit();
    await new Promise<void>((resolve) => this.#thread.turns.runLast(resolve));
  }

  /** From the next request on, this share of all is traced; 0 = none. */
  setTracing(share: number): void {
    const { recorder, random, clock, wallClock } = this.#thread;
    const send = this.#writeTraces;
    recorder.tracer?.flush();
    recorder.tracer = share === 0 ? null : new Tracer({ share, random, clock, wallClock, send });
  }

  /** What was prepared never serves. */
  abandon(): void {
    this.#next = null;
    this.#listeners.abandon();
  }

  /** Finishes what runs and takes nothing new; resolves when the last connection has ended. */
  async drain(): Promise<void> {
    await this.#listeners.drain();
    this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#thread.router.close();
    this.#listeners.destroy();
    for (const { connections, waitingRoom } of this.#serving?.pools ?? []) {
      for (const connection of connections.values()) connection.handOver("nobody");
      waitingRoom?.close();
    }
    this.#thread.accessLog.flush();
    this.#thread.recorder.tracer?.flush();
  }

  #statusPageOf({ statusPath }: PlacedListener): StatusPage | null {
    if (statusPath === null) return null;
    return new StatusPage(statusPath, () => this.#serving?.config ?? null, this.#scoreboard);
  }

  #sweptAt = 0;
  #healthVersion = 0;
  #tickedAt: number;

  readonly #tick = (): void => {
    const thread = this.#thread;
    thread.date.advance();
    thread.deadlines.advance();
    thread.accessLog.flush();
    thread.recorder.tracer?.flush();
    this.#followHealth();
    const now = thread.clock();
    this.#counters.loopDelayed(now - this.#tickedAt - Deadlines.tickMs);
    this.#tickedAt = now;
    if (now - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = now;
    if (!hasDescriptors()) thread.notices.add("descriptors-exhausted", noDescriptors, now);
    thread.notices.flush(now);
    for (const { connections } of this.#serving?.pools ?? []) {
      for (const connection of connections.values()) connection.sweep(now);
    }
  };

  /** Every connection is looked at, but only when a backend's permission has changed. */
  #followHealth(): void {
    const { readyVersion } = this.#scoreboard;
    if (readyVersion === this.#healthVersion) return;
    this.#healthVersion = readyVersion;
    const isDown = ({ slot }: Backend): boolean => this.#scoreboard.isDown(slot);
    this.#listeners.leaveDownBackends(isDown);
  }
}

function createThread(options: DataPlaneOptions): ThreadContext & { router: Router } {
  const clock = (): number => performance.now();
  const turns = new Turns(startAttempt, clock, () => performance.nodeTiming.idleTime);
  const wallClock = (): number => Date.now();
  const accessLog = new AccessLog("off", wallClock, options.writeLog);
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
  };
}

/** Until the first generation is in force; nobody is served before. */
const noRouter = new Router([], {
  findPool: () => {
    throw new Error("there are no pools yet");
  },
  gates: [],
  thread: { random: () => 0, clock: () => 0, runLast: () => undefined },
});

function listenerContext(
  config: PlacedListener,
  thread: ThreadContext,
  { scoreboard, worker }: DataPlaneOptions,
  statusPage: StatusPage | null,
): ListenerContext {
  const limits: HeadLimits = config.limits;
  const { connections } = config.limits;
  return {
    thread,
    config,
    requestParsers: new Shelf(() => new RequestParser(limits, decodeLatin1)),
    isTrusted: addressSet(config.trustedProxies),
    isAllowed: clientAccess(config.access),
    statusPage,
    connected: () => scoreboard.clientConnected(worker),
    left: () => scoreboard.clientLeft(worker),
    // More than the descriptors allow cannot be held; trying makes the workers fight for the last one.
    maxConnections: Math.min(
      connections === "auto" ? Infinity : connections,
      connectionsByDescriptors(),
    ),
    isDraining: false,
  };
}

import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ListenAddress, ResolvedConfig } from "@evenkeel/config";
import type { Scoreboard, StrategyChoice } from "@evenkeel/core";
import type { HealthListener } from "./health/health-control.ts";
import { ListenError } from "./listen-error.ts";
import type { Notice } from "./observe/notices.ts";
import type { TrafficCounters } from "./observe/traffic-counters.ts";
import type { FromWorker, ToWorker, WorkerData } from "./worker-messages.ts";

export interface WorkersOptions {
  readonly config: ResolvedConfig;
  readonly count: number;
  readonly scoreboard: Scoreboard;
  readonly limitTables: readonly SharedArrayBuffer[];
  /** By worker; those of a worker that died are its successor's. */
  readonly counters: readonly TrafficCounters[];
  readonly writeLog: (lines: string) => void;
  readonly onNotice: (notice: Notice) => void;
  readonly health: HealthListener;
  /** A worker ended that should not have; a new one takes its place. */
  readonly onCrash: (worker: number, reason: string) => void;
  /** The new one serves, this long after the end of the old one. */
  readonly onReplaced: (worker: number, afterMs: number) => void;
}

/** A crash loop must not burn a core: each restart of a worker waits twice as long, up to this. */
const maxRestartDelayMs = 5_000;
const firstRestartDelayMs = 50;
const stableAfterMs = 10_000;
const killAfterMs = 1_000;

/** The data-plane threads: started, replaced when they die, drained together. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #threads: (Worker | null)[] = [];
  readonly #restartDelaysMs: number[] = [];
  readonly #restarts: number[] = [];
  #config: ResolvedConfig;
  #isStarted = false;
  #isStopping = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** The first worker binds, so that the others can be told the ports that it was given. */
  async start(): Promise<readonly ListenAddress[]> {
    const addresses = await this.#spawn(0);
    const listeners = this.#config.listeners.map((listener, index) => ({
      ...listener,
      address: addresses[index] ?? listener.address,
    }));
    this.#config = { ...this.#config, listeners };
    const rest = Array.from({ length: this.#options.count - 1 }, (_, index) => index + 1);
    await Promise.all(rest.map((worker) => this.#spawn(worker)));
    this.#isStarted = true;
    return addresses;
  }

  /** For those that run and those that replace them. */
  setStrategy(pool: string, choice: StrategyChoice): void {
    const pools = this.#config.pools.map((one) =>
      one.name === pool ? { ...one, strategy: choice } : one,
    );
    this.#config = { ...this.#config, pools };
    for (const thread of this.#threads) {
      thread?.postMessage({ kind: "strategy", pool, choice } satisfies ToWorker);
    }
  }

  /** Resolves when every worker has served its last connection. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      this.#threads.map(async (thread) => {
        if (thread === null) return;
        const exited = new Promise((resolve) => thread.once("exit", resolve));
        thread.postMessage({ kind: "drain" } satisfies ToWorker);
        await exited;
      }),
    );
  }

  /** Ends every connection, with its record; a thread that does not even do that is killed. */
  async terminate(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      this.#threads.map(async (thread) => {
        if (thread === null) return;
        const exited = new Promise((resolve) => thread.once("exit", resolve));
        thread.postMessage({ kind: "close" } satisfies ToWorker);
        const timer = setTimeout(() => void thread.terminate(), killAfterMs);
        await exited;
        clearTimeout(timer);
      }),
    );
  }

  /** By index; null while one is being replaced. */
  get threads(): readonly (Worker | null)[] {
    return this.#threads;
  }

  /** How often each worker was replaced. */
  get restarts(): readonly number[] {
    return Array.from({ length: this.#options.count }, (_, worker) => this.#restarts[worker] ?? 0);
  }

  #spawn(worker: number): Promise<readonly ListenAddress[]> {
    const counters = this.#options.counters[worker];
    if (counters === undefined) throw new Error(`no counters for worker ${worker}`);
    const workerData: WorkerData = {
      // Threads have no use for what opens the admin listener.
      config: { ...this.#config, admin: null },
      scoreboard: this.#options.scoreboard.buffer,
      limitTables: this.#options.limitTables,
      counters: counters.buffer,
      worker,
      reusePort: true,
    };
    const thread = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData,
      name: `evenkeel-worker-${worker}`,
      env: workerEnvironment(),
      // Hardly anything survives a request; 24 costs 15 MB more resident memory and no less CPU.
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    });
    this.#threads[worker] = thread;
    const startedAt = performance.now();
    let reason = "";
    const { health } = this.#options;
    return new Promise((resolve, reject) => {
      thread.on("message", (message: FromWorker) => {
        if (message.kind === "listening") resolve(message.addresses);
        else if (message.kind === "log") this.#options.writeLog(message.lines);
        else if (message.kind === "notice") this.#options.onNotice(message.notice);
        else if (message.kind === "failing") health.failing(message.slot, message.count);
        else if (message.kind === "trial-ended") {
          health.trialEnded(message.slot, message.hasSucceeded);
        } else if (message.kind === "listen-failed") {
          // At start nobody is served yet: the whole start fails, and nothing is retried.
          if (!this.#isStarted) this.#isStopping = true;
          reject(new ListenError(message.code, message.message));
        }
      });
      thread.on("error", (error) => {
        reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        reject(error instanceof Error ? error : new Error(reason));
      });
      thread.on("exit", () => this.#exited(worker, thread, startedAt, reason));
    });
  }

  #exited(worker: number, thread: Worker, startedAt: number, reason: string): void {
    if (this.#threads[worker] !== thread) return;
    this.#threads[worker] = null;
    if (this.#isStopping) return;
    this.#options.scoreboard.clearWorker(worker);
    this.#options.onCrash(worker, reason === "" ? "the thread ended" : reason);
    const endedAt = performance.now();
    const wasStable = performance.now() - startedAt > stableAfterMs;
    const last = wasStable ? 0 : (this.#restartDelaysMs[worker] ?? 0);
    const delayMs = last === 0 ? firstRestartDelayMs : Math.min(last * 2, maxRestartDelayMs);
    this.#restartDelaysMs[worker] = delayMs;
    setTimeout(() => {
      if (this.#isStopping) return;
      this.#restarts[worker] = (this.#restarts[worker] ?? 0) + 1;
      this.#spawn(worker).then(
        () => this.#options.onReplaced(worker, performance.now() - endedAt),
        (error: Error) => this.#options.onCrash(worker, error.message),
      );
    }, delayMs);
  }
}

/**
 * Threads do not inherit the compile cache of the main one, only the variable that names it. Node adds
 * the folder of its own version to what the variable says.
 */
function workerEnvironment(): NodeJS.ProcessEnv {
  const directory = getCompileCacheDir();
  return directory === undefined
    ? process.env
    : { ...process.env, NODE_COMPILE_CACHE: dirname(directory) };
}

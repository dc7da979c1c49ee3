import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ListenAddress } from "@evenkeel/config";
import type { Scoreboard } from "@evenkeel/core";
import { clearLimits } from "./admission/limit-tables.ts";
import { type PlacedConfig, withAddresses } from "./generation/placed-config.ts";
import type { HealthListener } from "./health/health-control.ts";
import { ListenError } from "./listen-error.ts";
import type { Notice } from "./observe/notices.ts";
import type { TrafficCounters } from "./observe/traffic-counters.ts";
import type { TraceRecord } from "./trace/trace-record.ts";
import type { FromWorker, ToWorker, WorkerAnswer, WorkerData } from "./worker-messages.ts";
import { WorkerDiedError, WorkerQuestions, answerWithinMs } from "./worker-questions.ts";

export interface WorkersOptions {
  readonly config: PlacedConfig;
  readonly count: number;
  readonly scoreboard: Scoreboard;
  /** By worker; those of a worker that died are its successor's. */
  readonly counters: readonly TrafficCounters[];
  readonly writeLog: (lines: string) => void;
  readonly onNotice: (notice: Notice) => void;
  readonly writeTraces: (records: readonly TraceRecord[], dropped: number) => void;
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
  readonly #questions: WorkerQuestions = new WorkerQuestions();
  /** Who waits for a thread to be there again. */
  readonly #awaiting: PromiseWithResolvers<Worker>[] = [];
  /** In force: what a worker that is replaced begins with. */
  #config: PlacedConfig;
  #next: PlacedConfig | null = null;
  readonly #prepared: Set<Worker> = new Set();
  /** The share that was asked for last, until another one is configured. */
  #tracing: number | null = null;
  #isStarted = false;
  #isStopping = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** The first worker binds, so that the others can be told the ports that it was given. */
  async start(): Promise<readonly ListenAddress[]> {
    const addresses = await this.#spawn(0);
    this.#config = withAddresses(this.#config, addresses);
    const rest = Array.from({ length: this.#options.count - 1 }, (_, index) => index + 1);
    await Promise.all(rest.map((worker) => this.#spawn(worker)));
    this.#isStarted = true;
    return addresses;
  }

  /**
   * Has every worker make the next generation beside the one that it serves. The first worker binds, as at
   * the start. Rejects when one of them cannot; then `abandon` has to follow. One that dies is none that
   * cannot: what replaces it begins with what is in force by then.
   */
  async prepare(config: PlacedConfig): Promise<readonly ListenAddress[]> {
    const { first, addresses } = await this.#prepareFirst(config);
    const next = withAddresses(config, addresses);
    this.#next = next;
    const rest = this.#alive.filter((thread) => thread !== first);
    // All answers are waited for, also when one is a failure: the next question must not get them.
    const answers = await Promise.allSettled(rest.map((thread) => this.#prepare(thread, next)));
    const failed = answers.find(
      (answer) => answer.status === "rejected" && !(answer.reason instanceof WorkerDiedError),
    );
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason as Error;
    return addresses;
  }

  /** Another worker is asked when the first one dies, but no third: the configuration may be the cause. */
  async #prepareFirst(config: PlacedConfig): Promise<{
    readonly first: Worker;
    readonly addresses: readonly ListenAddress[];
  }> {
    for (let died = 0; ; died++) {
      const [first = await this.#nextSpawned()] = this.#alive;
      try {
        return { first, addresses: await this.#prepare(first, config) };
      } catch (error) {
        if (died > 0 || !(error instanceof WorkerDiedError)) throw error;
      }
    }
  }

  /** For a moment in which all of them are being replaced. */
  async #nextSpawned(): Promise<Worker> {
    const spawned = Promise.withResolvers<Worker>();
    this.#awaiting.push(spawned);
    const timer = setTimeout(() => spawned.reject(noneRuns()), answerWithinMs);
    try {
      return await spawned.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async #prepare(thread: Worker, config: PlacedConfig): Promise<readonly ListenAddress[]> {
    const answer = await this.#ask(thread, (turn) => {
      return { kind: "prepare", turn, config: forThread(config) };
    });
    if (answer.kind === "prepare-failed") throw new ListenError(answer.code, answer.message);
    this.#prepared.add(thread);
    return answer.kind === "prepared" ? answer.addresses : [];
  }

  /**
   * Resolves when every worker serves by what was prepared. One that dies meanwhile is replaced by one
   * that does; one that was started meanwhile follows, and one that hangs does when it goes on.
   */
  async commit(): Promise<void> {
    const next = this.#next;
    if (next === null) return;
    if (next.traces.share !== this.#config.traces.share) this.#tracing = null;
    this.#config = next;
    await Promise.allSettled(
      this.#alive.map(async (thread) => {
        if (!this.#prepared.has(thread)) await this.#prepare(thread, next);
        await this.#ask(thread, (turn) => ({ kind: "commit", turn }));
      }),
    );
    this.#forget();
  }

  abandon(): void {
    for (const thread of this.#alive) {
      thread.postMessage({ kind: "abandon" } satisfies ToWorker);
    }
    this.#forget();
  }

  /** In those that run and those that replace them. */
  setTracing(share: number): void {
    this.#tracing = share;
    for (const thread of this.#alive) {
      thread.postMessage({ kind: "tracing", share } satisfies ToWorker);
    }
  }

  #forget(): void {
    this.#next = null;
    this.#prepared.clear();
  }

  get #alive(): readonly Worker[] {
    return this.#threads.filter((thread) => thread !== null);
  }

  async #ask(thread: Worker, question: (turn: number) => ToWorker): Promise<WorkerAnswer> {
    // It may have died since it was looked up; nobody would answer, then.
    if (!this.#threads.includes(thread)) throw new WorkerDiedError();
    return await this.#questions.ask(thread, question);
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
      config: forThread(this.#config),
      scoreboard: this.#options.scoreboard.buffer,
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
    for (const { resolve } of this.#awaiting.splice(0)) resolve(thread);
    if (this.#tracing !== null) {
      thread.postMessage({ kind: "tracing", share: this.#tracing } satisfies ToWorker);
    }
    const startedAt = performance.now();
    let reason = "";
    const { health } = this.#options;
    return new Promise((resolve, reject) => {
      thread.on("message", (message: FromWorker) => {
        if (message.kind === "listening") resolve(message.addresses);
        else if (message.kind === "log") this.#options.writeLog(message.lines);
        else if (message.kind === "notice") this.#options.onNotice(message.notice);
        else if (message.kind === "traces") {
          this.#options.writeTraces(message.records, message.dropped);
        } else if (message.kind === "failing") health.failing(message.slot, message.count);
        else if (message.kind === "trial-ended") {
          health.trialEnded(message.slot, message.hasSucceeded);
        } else if (message.kind === "listen-failed") {
          // At start nobody is served yet: the whole start fails, and nothing is retried.
          if (!this.#isStarted) this.#isStopping = true;
          reject(new ListenError(message.code, message.message));
        } else if (message.kind !== "drained") {
          this.#questions.answered(thread, message);
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
    this.#questions.ended(thread);
    if (this.#threads[worker] !== thread) return;
    this.#threads[worker] = null;
    if (this.#isStopping) return;
    const { scoreboard } = this.#options;
    scoreboard.clearWorker(worker);
    const { routes, limitTables } = this.#config;
    clearLimits(routes, limitTables, { worker, workers: scoreboard.shape.workers });
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

function noneRuns(): Error {
  return new Error("no worker is running at this moment; try again");
}

/** Threads have no use for what opens the admin listener. */
function forThread(config: PlacedConfig): PlacedConfig {
  return { ...config, admin: null };
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

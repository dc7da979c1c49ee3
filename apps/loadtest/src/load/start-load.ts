import type { Worker } from "node:worker_threads";
import { type RequestLedger, SharedLedger } from "../engine/shared-ledger.ts";
import { unreachableTarget } from "../engine/unreachable-target.ts";
import { LoadtestError } from "../errors.ts";
import type { LoadControl, LoadWorkerMessage, WorkerEnd } from "./load-messages.ts";
import { LoadCrew } from "./load-crew.ts";
import type { LoadPlan } from "./load-plan.ts";
import { joinParts } from "./request-rows.ts";
import { LoadTotals } from "./load-totals.ts";

/** How the caller follows a load. */
export interface LoadHooks {
  /** Aborting ends the run at once; the result then holds what happened until there. */
  readonly signal?: AbortSignal | undefined;
  /** About four times a second: what there is so far. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Threads to work with, which the caller disposes of; undefined: own ones. */
  readonly crew?: LoadCrew | undefined;
}

/** A load under way. */
export interface LoadProgress {
  readonly phase: "warm-up" | "measuring";
  readonly elapsedMs: number;
  readonly totals: LoadTotals;
  readonly inFlight: number;
}

/** What a load leaves behind. */
export interface LoadResult {
  readonly startedAtMs: number;
  /** Milliseconds since 1970. */
  readonly startedAtWallMs: number;
  /** From the start to the last outcome. */
  readonly durationMs: number;
  readonly totals: LoadTotals;
  /** Busy share of each worker's event loop, 0 to 1. */
  readonly utilizations: readonly number[];
  /** Where the plan has a `ledgerId`. */
  readonly ledger: RequestLedger | undefined;
}

/** A load in threads of its own. */
export interface RunningLoad {
  readonly result: Promise<LoadResult>;
  /** Resolves when the measurement begins; rejects where `result` does. */
  readonly started: Promise<{ readonly startedAtMs: number; readonly startedAtWallMs: number }>;
  /** Sends nothing more, awaits what is in flight. */
  finish(): void;
  /** Ends at once. */
  abort(): void;
}

/** Enough for the message that says when to reach every worker. */
const startDelayMs = 20;

/**
 * Sends what the plan says from its worker threads, all of which start at the same moment. Nothing is
 * repeated. `result` rejects with `TARGET_UNREACHABLE` when a closed loop never made a single connection; an
 * open loop's result is then full of errors.
 */
export function startLoad(plan: LoadPlan, hooks: LoadHooks = {}): RunningLoad {
  return new Load(plan, hooks);
}

class Load implements RunningLoad {
  readonly result: Promise<LoadResult>;
  readonly started: RunningLoad["started"];
  readonly #plan: LoadPlan;
  readonly #hooks: LoadHooks;
  readonly #crew: LoadCrew;
  readonly #workers: readonly Worker[];
  readonly #leave: (() => void)[] = [];
  readonly #totals: LoadTotals;
  readonly #inFlight: number[];
  readonly #ends: (WorkerEnd | undefined)[];
  readonly #settled = Promise.withResolvers<LoadResult>();
  readonly #began = Promise.withResolvers<Awaited<RunningLoad["started"]>>();
  readonly #createdAtMs = performance.now();
  #ready = 0;
  #start: Awaited<RunningLoad["started"]> | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(plan: LoadPlan, hooks: LoadHooks) {
    this.#plan = plan;
    this.#hooks = hooks;
    this.#totals = new LoadTotals(plan);
    this.#inFlight = Array.from({ length: plan.workers }, () => 0);
    this.#ends = Array.from({ length: plan.workers }, () => undefined);
    this.started = this.#began.promise;
    // Whoever waits for the result alone must not be punished for not waiting for the start.
    this.started.catch(() => {});
    this.#crew = hooks.crew ?? new LoadCrew();
    this.#workers = Array.from({ length: plan.workers }, (_, worker) => this.#take(worker));
    this.result = this.#run();
  }

  finish(): void {
    this.#tell({ kind: "finish" });
  }

  abort(): void {
    this.#tell({ kind: "abort" });
  }

  async #run(): Promise<LoadResult> {
    const { signal } = this.#hooks;
    const abort = (): void => this.abort();
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    this.#ticker = setInterval(() => this.#progress(), 250);
    try {
      const result = await this.#settled.promise;
      await joinParts(this.#plan);
      return result;
    } catch (error) {
      this.#began.reject(error);
      throw error;
    } finally {
      clearInterval(this.#ticker);
      signal?.removeEventListener("abort", abort);
      for (const leave of this.#leave) leave();
      if (this.#hooks.crew === undefined) await this.#crew.dispose();
    }
  }

  #take(index: number): Worker {
    const worker = this.#crew.take({ plan: this.#plan, worker: index });
    const hear = (message: LoadWorkerMessage): void => this.#hear(index, message);
    const fail = (error: unknown): void => this.#settled.reject(error);
    const exit = (code: number): void =>
      fail(new LoadtestError("ENGINE_DIED", `the load generator ended unasked, with code ${code}`));
    worker.on("message", hear).once("error", fail).once("exit", exit);
    this.#leave.push(() => worker.off("message", hear).off("error", fail).off("exit", exit));
    return worker;
  }

  #hear(index: number, message: LoadWorkerMessage): void {
    if (message.kind === "ready") return this.#onReady();
    if (message.kind === "delta") {
      this.#totals.add(message.delta);
      this.#inFlight[index] = message.inFlight;
      return;
    }
    this.#ends[index] = message.end;
    if (this.#ends.every((end) => end !== undefined)) this.#conclude();
  }

  #onReady(): void {
    this.#ready += 1;
    if (this.#ready < this.#plan.workers) return;
    const startedAtMs = performance.now() + startDelayMs;
    this.#start = { startedAtMs, startedAtWallMs: Date.now() + startDelayMs };
    this.#tell({ kind: "start", startedAtMs });
    this.#began.resolve(this.#start);
  }

  #progress(): void {
    const isWarmUp = this.#start === undefined;
    this.#hooks.onProgress?.({
      phase: isWarmUp ? "warm-up" : "measuring",
      elapsedMs: performance.now() - (this.#start?.startedAtMs ?? this.#createdAtMs),
      totals: this.#totals,
      inFlight: this.#inFlight.reduce((sum, count) => sum + count, 0),
    });
  }

  #conclude(): void {
    const ends = this.#ends.filter((end) => end !== undefined);
    const unreachable = ends
      .map(({ unreachable: code }) => code)
      .find((code) => code !== undefined);
    if (unreachable !== undefined && this.#totals.counts.responses === 0) {
      return this.#settled.reject(unreachableTarget(this.#plan.origin, unreachable));
    }
    this.#settled.resolve({
      startedAtMs: this.#start?.startedAtMs ?? this.#createdAtMs,
      startedAtWallMs: this.#start?.startedAtWallMs ?? Date.now(),
      durationMs: Math.max(0, ...ends.map(({ durationMs }) => durationMs)),
      totals: this.#totals,
      utilizations: ends.map(({ utilization }) => utilization),
      ledger: ledgerOf(ends),
    });
  }

  #tell(message: LoadControl): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    for (const worker of this.#workers) worker.postMessage(message);
  }
}

/** All workers keep one, or none does. */
function ledgerOf(ends: readonly WorkerEnd[]): RequestLedger | undefined {
  const parts = ends.map(({ ledger }) => ledger).filter((part) => part !== undefined);
  return parts.length === ends.length ? new SharedLedger(parts) : undefined;
}

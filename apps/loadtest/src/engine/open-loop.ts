import { Worker } from "node:worker_threads";
import { LoadtestError } from "../errors.ts";
import type {
  OpenLoopControl,
  OpenLoopMessage,
  OpenLoopProgress,
  OpenLoopResult,
  OpenLoopStart,
} from "./open-loop-messages.ts";
import type { OpenLoopPlan } from "./open-loop-plan.ts";

/** How the caller follows a run. */
export interface OpenLoopHooks {
  /** Aborting ends the run at once; the result then holds what happened until there. */
  readonly signal?: AbortSignal | undefined;
  /** Called about four times a second. */
  readonly onProgress?: ((progress: OpenLoopProgress) => void) | undefined;
}

/** An open loop in its own thread. */
export interface RunningOpenLoop {
  /** When sending began; rejects where `result` does. */
  readonly started: Promise<OpenLoopStart>;
  readonly result: Promise<OpenLoopResult>;
  /** Sends nothing more, awaits what is in flight. */
  finish(): void;
  /** Ends at once; what is in flight is `aborted`. */
  abort(): void;
}

/**
 * Sends requests at the plan's rate, whatever becomes of them, over keep-alive connections from a worker
 * thread. Nothing is repeated; a request that finds `maxInFlight` others in flight is dropped and counted.
 * A target that is never reachable is a result full of errors.
 */
export function startOpenLoop(plan: OpenLoopPlan, hooks: OpenLoopHooks = {}): RunningOpenLoop {
  const worker = new Worker(new URL("./open-loop-worker.ts", import.meta.url), {
    workerData: plan,
    execArgv: [],
  });
  const started = Promise.withResolvers<OpenLoopStart>();
  // Whoever waits for the result alone must not be punished for not waiting for the start.
  started.promise.catch(() => {});
  const tell = (message: OpenLoopControl): void => worker.postMessage(message);
  const abort = (): void => tell("abort");
  if (hooks.signal?.aborted === true) abort();
  hooks.signal?.addEventListener("abort", abort, { once: true });
  const result = async (): Promise<OpenLoopResult> => {
    try {
      return await resultOf(worker, started, hooks);
    } finally {
      hooks.signal?.removeEventListener("abort", abort);
      await worker.terminate();
    }
  };
  return { started: started.promise, result: result(), finish: () => tell("finish"), abort };
}

function resultOf(
  worker: Worker,
  started: PromiseWithResolvers<OpenLoopStart>,
  hooks: OpenLoopHooks,
): Promise<OpenLoopResult> {
  const result = Promise.withResolvers<OpenLoopResult>();
  const fail = (error: Error): void => {
    started.reject(error);
    result.reject(error);
  };
  worker.on("message", (message: OpenLoopMessage) => {
    if (message.kind === "progress") hooks.onProgress?.(message.progress);
    else if (message.kind === "started") started.resolve(message);
    else result.resolve(message.result);
  });
  worker.once("error", fail);
  worker.once("exit", (code) => {
    fail(new LoadtestError("ENGINE_DIED", `the load generator ended unasked, with code ${code}`));
  });
  return result.promise;
}

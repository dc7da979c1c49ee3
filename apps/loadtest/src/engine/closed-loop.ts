import { Worker } from "node:worker_threads";
import { LoadtestError } from "../errors.ts";
import type { Observation } from "../observation/observation.ts";
import type { ControlMessage, Progress, WorkerMessage } from "./messages.ts";
import type { ClosedLoopPlan } from "./plan.ts";
import { unreachableTarget } from "./unreachable-target.ts";

/** How the caller follows a run and ends it early. */
export interface RunHooks {
  /** Aborting ends the run at once; the observation then holds what happened until there. */
  readonly signal?: AbortSignal | undefined;
  /** Called about four times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Sends the plan's requests over keep-alive connections, the next one on a connection as soon as the
 * last one is answered, from a worker thread. Requests that fail are counted, never repeated.
 *
 * @throws LoadtestError `TARGET_UNREACHABLE` when not a single connection was ever made.
 */
export async function runClosedLoop(
  plan: ClosedLoopPlan,
  hooks: RunHooks = {},
): Promise<Observation> {
  const worker = new Worker(new URL("./closed-loop-worker.ts", import.meta.url), {
    workerData: plan,
    execArgv: [],
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const stop = (): void => worker.postMessage("stop" satisfies ControlMessage);
  if (hooks.signal?.aborted === true) stop();
  hooks.signal?.addEventListener("abort", stop, { once: true });
  try {
    return await observationOf(worker, plan, hooks);
  } finally {
    hooks.signal?.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function observationOf(
  worker: Worker,
  plan: ClosedLoopPlan,
  hooks: RunHooks,
): Promise<Observation> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "progress") hooks.onProgress?.(message.progress);
      else if (message.kind === "finished") resolve(message.observation);
      else reject(unreachableTarget(plan.url, message.code));
    });
    worker.once("error", reject);
    worker.once("exit", (code) => {
      reject(
        new LoadtestError("ENGINE_DIED", `the load generator ended unasked, with code ${code}`),
      );
    });
  });
}

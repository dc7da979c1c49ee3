import type { Glimpse } from "../observation/glimpse.ts";
import type { Observation } from "../observation/observation.ts";

/** A glimpse of a run that is under way. */
export interface Progress {
  readonly phase: "starting" | "warm-up" | "measuring";
  /** Requests with an outcome so far, of `requests` where that is known. */
  readonly completed: number;
  readonly requests: number | undefined;
  readonly elapsedMs: number;
  readonly durationMs: number | undefined;
  /** Where the engine counts more than requests. */
  readonly glimpse?: Glimpse;
}

/** What the worker thread tells the main thread; exactly one `finished` or `unreachable` ends it. */
export type WorkerMessage =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "finished"; readonly observation: Observation }
  | { readonly kind: "unreachable"; readonly code: string };

/** What the main thread tells the worker thread: end now, abort what is in flight. */
export type ControlMessage = "stop";

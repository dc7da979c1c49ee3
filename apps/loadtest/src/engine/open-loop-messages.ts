import type { Glimpse } from "../observation/glimpse.ts";
import type { HistogramSnapshot } from "../observation/latency-histogram.ts";
import type { OpenLoopCounts, OpenLoopObservation } from "./open-loop-recorder.ts";

/** When the run began, on both clocks; `performance.now` is the same in every thread. */
export interface OpenLoopStart {
  readonly startedAtMs: number;
  /** Milliseconds since 1970, for logs of other processes. */
  readonly startedAtWallMs: number;
}

/** A glimpse of an open loop under way. */
export interface OpenLoopProgress extends OpenLoopCounts {
  readonly elapsedMs: number;
  readonly durationMs: number;
  readonly glimpse: Glimpse;
  /** From when requests were due, since the start of the run. */
  readonly latencyUs: HistogramSnapshot;
}

/** What a run leaves behind. */
export interface OpenLoopResult extends OpenLoopStart, OpenLoopObservation {
  /** From the start to the last outcome. */
  readonly durationMs: number;
  /** Share of the run, 0 to 1, in which the generator's event loop was busy. */
  readonly generatorUtilization: number;
}

/** What the generator's thread says; `started` comes first, exactly one `finished` comes last. */
export type OpenLoopMessage =
  | ({ readonly kind: "started" } & OpenLoopStart)
  | { readonly kind: "progress"; readonly progress: OpenLoopProgress }
  | { readonly kind: "finished"; readonly result: OpenLoopResult };

/** What the main thread tells it: send no more and wait, or end at once. */
export type OpenLoopControl = "finish" | "abort";

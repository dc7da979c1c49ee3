import type { ListenAddress } from "@evenkeel/config";
import type { PlacedConfig } from "./generation/placed-config.ts";
import type { Notice } from "./observe/notices.ts";
import type { TraceRecord } from "./trace/trace-record.ts";

/** What a worker thread is born with. */
export interface WorkerData {
  readonly config: PlacedConfig;
  readonly scoreboard: SharedArrayBuffer;
  /** Of this worker's TrafficCounters. */
  readonly counters: SharedArrayBuffer;
  readonly worker: number;
  readonly reusePort: boolean;
}

/** `close` ends what `drain` could not wait for. */
export type ToWorker =
  | { readonly kind: "drain" | "close" }
  /** Answered with `prepared` or `prepare-failed`; then nothing has changed. */
  | { readonly kind: "prepare"; readonly turn: number; readonly config: PlacedConfig }
  /** What was prepared comes into force; answered with `committed`. */
  | { readonly kind: "commit"; readonly turn: number }
  /** What was prepared never does. */
  | { readonly kind: "abandon" }
  | { readonly kind: "tracing"; readonly share: number };

/** What answers a question of the control plane, with the question's own number. */
export type WorkerAnswer = { readonly turn: number } & (
  | { readonly kind: "prepared"; readonly addresses: readonly ListenAddress[] }
  | { readonly kind: "prepare-failed"; readonly code: string; readonly message: string }
  | { readonly kind: "committed" }
);

export type FromWorker =
  | WorkerAnswer
  | { readonly kind: "listening"; readonly addresses: readonly ListenAddress[] }
  | { readonly kind: "listen-failed"; readonly code: string; readonly message: string }
  | { readonly kind: "log"; readonly lines: string }
  | { readonly kind: "notice"; readonly notice: Notice }
  | {
      readonly kind: "traces";
      readonly records: readonly TraceRecord[];
      readonly dropped: number;
    }
  /** The backend's failures in a row reached its breaker's threshold, or a multiple of it. */
  | { readonly kind: "failing"; readonly slot: number; readonly count: number }
  | { readonly kind: "trial-ended"; readonly slot: number; readonly hasSucceeded: boolean }
  | { readonly kind: "drained" };

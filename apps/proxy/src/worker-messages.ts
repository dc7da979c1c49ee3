import type { StrategyChoice } from "@evenkeel/core";
import type { ListenAddress, ResolvedConfig } from "@evenkeel/config";
import type { Notice } from "./observe/notices.ts";

/** What a worker thread is born with. */
export interface WorkerData {
  readonly config: ResolvedConfig;
  readonly scoreboard: SharedArrayBuffer;
  readonly limitTables: readonly SharedArrayBuffer[];
  /** Of this worker's TrafficCounters. */
  readonly counters: SharedArrayBuffer;
  readonly worker: number;
  readonly reusePort: boolean;
}

/** `close` ends what `drain` could not wait for. */
export type ToWorker =
  | { readonly kind: "drain" | "close" }
  | { readonly kind: "strategy"; readonly pool: string; readonly choice: StrategyChoice };

export type FromWorker =
  | { readonly kind: "listening"; readonly addresses: readonly ListenAddress[] }
  | { readonly kind: "listen-failed"; readonly code: string; readonly message: string }
  | { readonly kind: "log"; readonly lines: string }
  | { readonly kind: "notice"; readonly notice: Notice }
  /** The backend's failures in a row reached its breaker's threshold, or a multiple of it. */
  | { readonly kind: "failing"; readonly slot: number; readonly count: number }
  | { readonly kind: "trial-ended"; readonly slot: number; readonly hasSucceeded: boolean }
  | { readonly kind: "drained" };

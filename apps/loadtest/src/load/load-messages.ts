import type { ClientLedgerColumns } from "../engine/client-ledger.ts";
import type { LoadDelta } from "./load-delta.ts";
import type { LoadShare } from "./load-plan.ts";

/** What a worker says: `ready`, then any number of `delta`, then one `ended`. */
export type LoadWorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "delta"; readonly delta: LoadDelta; readonly inFlight: number }
  | { readonly kind: "ended"; readonly end: WorkerEnd };

/** What a worker leaves behind beside its deltas. */
export interface WorkerEnd {
  /** From the start of the run to the worker's last outcome. */
  readonly durationMs: number;
  /** Share of the run, 0 to 1, in which its event loop was busy. */
  readonly utilization: number;
  /** Why it never made a single connection. */
  readonly unreachable: string | undefined;
  readonly ledger: ClientLedgerColumns | undefined;
}

/**
 * What the main thread tells a worker: when to start, to send no more and wait, to end at once, or, when it
 * has ended, what comes next.
 */
export type LoadControl =
  | { readonly kind: "start"; readonly startedAtMs: number }
  | { readonly kind: "finish" }
  | { readonly kind: "abort" }
  | { readonly kind: "again"; readonly share: LoadShare };

import type { ArrivalProcess } from "../engine/arrivals.ts";
import type { OpenLoopMethod } from "../engine/client-ledger.ts";
import type { RateStage } from "./rate-curve.ts";

/** One kind of request of a mix, as text that may hold placeholders. */
export interface RequestKind {
  /** For the report; different from all others. */
  readonly name: string;
  /** Above 0, relative to those of the other kinds. */
  readonly weight: number;
  readonly method: OpenLoopMethod;
  /** Path and query. */
  readonly target: string;
  /** One entry per field name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly checks: readonly ResponseCheck[];
}

/** Something that should hold for a complete response. It counts; it does not make a response an error. */
export type ResponseCheck =
  | { readonly kind: "status"; readonly ranges: readonly StatusRange[] }
  | { readonly kind: "body"; readonly text: string }
  | { readonly kind: "contains"; readonly text: string };

/** Statuses from one to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** Who decides when the next request is sent: the answer to the last one, or the clock. */
export type LoadShape =
  | {
      readonly loop: "closed";
      readonly connections: number;
      /** In total; undefined: until `durationMs` is over. One of the two is there. */
      readonly requests: number | undefined;
      readonly durationMs: number | undefined;
    }
  | {
      readonly loop: "open";
      readonly stages: readonly RateStage[];
      readonly arrivals: ArrivalProcess;
      readonly requests: number | undefined;
      /** Over all workers; a request beyond it is dropped and counted. */
      readonly maxInFlight: number;
    };

/** What a run sends: fully resolved, plain data, so that it can cross into worker threads. */
export interface LoadPlan {
  /** Scheme, host and port; a user and password become a header. */
  readonly origin: string;
  readonly requests: readonly RequestKind[];
  readonly shape: LoadShape;
  /** False: every request on a connection of its own. */
  readonly keepAlive: boolean;
  /** From sending to the last byte of the response, connecting included. */
  readonly timeoutMs: number;
  /** The same load for so long first, counted nowhere. */
  readonly warmupMs: number;
  /** The response field that names the backend, in any case. */
  readonly backendHeader: string;
  /** Repeats arrivals, mix and placeholders. */
  readonly seed: number;
  /** Threads that share the load. */
  readonly workers: number;
  /** Every request gets an id with this in front, and is written down; undefined: neither. */
  readonly ledgerId: string | undefined;
  /** Where every request becomes a row while the load runs; undefined: nowhere. */
  readonly csvFile: string | undefined;
}

/** One worker's part of a plan. */
export interface LoadShare {
  readonly plan: LoadPlan;
  /** 0 to `plan.workers - 1`. */
  readonly worker: number;
}

/** The part of `total` that a worker gets when it is divided into whole numbers. */
export function partOf(total: number, { plan, worker }: LoadShare): number {
  return Math.floor(total / plan.workers) + (worker < total % plan.workers ? 1 : 0);
}

import type { ErrorKind } from "../engine/outcome.ts";
import type { SparseHistogram } from "../observation/sparse-histogram.ts";

/**
 * What a worker saw since it last said so; plain data. Sums of these are the run, so a worker forgets what it
 * has said and a run of hours needs no more memory than one of minutes.
 */
export interface LoadDelta {
  readonly counts: LoadCounts;
  readonly statuses: ReadonlyMap<number, number>;
  readonly errors: ReadonlyMap<ErrorKind, number>;
  /** The system's error codes behind `errors`, where there was one. */
  readonly errorCodes: ReadonlyMap<string, number>;
  readonly backends: ReadonlyMap<string, number>;
  /** Responses without the backend header, by status. */
  readonly unattributed: ReadonlyMap<number, number>;
  /** From when a request was due to its last byte, in microseconds; complete responses only. */
  readonly latencyUs: SparseHistogram;
  /** From when it was really sent. */
  readonly serviceUs: SparseHistogram;
  /** From due to sent. */
  readonly lagUs: SparseHistogram;
  /** By kind of request, in the plan's order. */
  readonly kinds: readonly KindDelta[];
  readonly intervals: readonly IntervalDelta[];
}

/** Requests by what became of them. `due = dropped + responses + errors + aborted`, plus those in flight. */
export interface LoadCounts {
  readonly due: number;
  readonly dropped: number;
  /** Complete responses of any status. */
  readonly responses: number;
  /** Those of a closed loop that came before its time was over. */
  readonly inTime: number;
  /** Complete responses of 2xx and 3xx. */
  readonly succeeded: number;
  /** Without a complete response. */
  readonly errors: number;
  /** In flight when the run was interrupted. */
  readonly aborted: number;
  /** Of response bodies. */
  readonly bodyBytes: number;
}

/** One kind of request. */
export interface KindDelta {
  /** With an outcome: responses and errors. */
  readonly sent: number;
  readonly responses: number;
  /** Without a complete response of 2xx or 3xx. */
  readonly failed: number;
  readonly latencyUs: SparseHistogram;
  /** Per check of the kind. */
  readonly passed: readonly number[];
  readonly missed: readonly number[];
}

/** One second of the run. */
export interface IntervalDelta {
  /** Number of the second since the start. */
  readonly index: number;
  /** Requests due; in a closed loop, ended. */
  readonly offered: number;
  /** Complete responses that arrived in it, whenever they were due. */
  readonly achieved: number;
  readonly failed: number;
  /** By status class, error kind, and `dropped`. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly backends: ReadonlyMap<string, number>;
  readonly latencyUs: SparseHistogram;
}

/** Length of an interval of {@link IntervalDelta}. */
export const intervalMs = 1000;

/** Names of backends beyond this are one: nobody balances over more, and a broken header must not fill memory. */
export const mostBackends = 1000;

/** The name of all backends beyond {@link mostBackends}. */
export const otherBackends = "(others)";

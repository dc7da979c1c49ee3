import type { Histogram } from "node:perf_hooks";
import { type ErrorKind, errorKinds } from "../engine/outcome.ts";
import type { TimeSeriesSnapshot } from "./time-series.ts";

/** Responses that do not name a backend, by status: a balancer's own 503 looks different from a missing header. */
export type StatusCounts = ReadonlyMap<number, number>;

/**
 * What a run saw, added up. Plain data: it crosses from the worker thread as it is.
 * `responses + errors + aborted = sent`, always.
 */
export interface Observation {
  /** Wall-clock time of the first request, ISO 8601. */
  readonly startedAt: string;
  /** From the first request to the last outcome. */
  readonly durationMs: number;
  /** Requests that were written to a connection, or should have been and found none. */
  readonly sent: number;
  /** Complete responses, of any status. */
  readonly responses: number;
  /** Requests without a complete response, by kind. */
  readonly errors: Readonly<Record<ErrorKind, number>>;
  /** The system's error codes behind `errors`, where there was one. */
  readonly errorCodes: ReadonlyMap<string, number>;
  /** In flight when the run was interrupted. */
  readonly aborted: number;
  readonly statuses: StatusCounts;
  /** Responses per value of the backend header. */
  readonly backends: ReadonlyMap<string, number>;
  /** Responses without the backend header, by status. */
  readonly unattributed: StatusCounts;
  /** Complete responses only, in whole microseconds. */
  readonly latenciesUs: Histogram;
  /** The same over time. */
  readonly series: TimeSeriesSnapshot;
  /** Share of the run, 0 to 1, in which the generator's own event loop was busy. */
  readonly generatorUtilization: number;
}

/** The sum of the counts. */
export function total(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** Requests that got no complete response, not counting those the run itself aborted. */
export function errorCount(observation: Pick<Observation, "errors">): number {
  return total(Object.values(observation.errors));
}

/** Complete responses outside 2xx and 3xx. */
export function failedResponseCount(observation: Pick<Observation, "statuses">): number {
  let failed = 0;
  for (const [status, count] of observation.statuses) {
    if (status < 200 || status >= 400) failed += count;
  }
  return failed;
}

/** A zero for every kind of error. */
export function noErrors(): Record<ErrorKind, number> {
  return Object.fromEntries(errorKinds.map((kind) => [kind, 0])) as Record<ErrorKind, number>;
}

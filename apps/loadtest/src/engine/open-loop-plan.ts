import type { ArrivalProcess } from "./arrivals.ts";

/** What an open-loop run sends: fully resolved, plain data, so that it can cross into a worker thread. */
export interface OpenLoopPlan {
  /** Where every request goes; its query is kept and gets `id=` added. */
  readonly url: string;
  readonly ratePerSecond: number;
  readonly arrivals: ArrivalProcess;
  /** Nothing is sent after this time; what is in flight then is still awaited. */
  readonly durationMs: number;
  /** Nothing is sent after this many; `undefined` means until `durationMs` is over. */
  readonly requests: number | undefined;
  /** Share of the requests, 0 to 1, that are POST with a body; the others are GET. */
  readonly postShare: number;
  /** One entry per field name, sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** From the actual sending to the last byte of the response, connecting included. */
  readonly timeoutMs: number;
  /** Requests in flight, and so connections, at a time. One that is due beyond it is dropped and counted. */
  readonly maxInFlight: number;
  /** The response field that names the backend, in any case. */
  readonly backendHeader: string;
  /** Repeats the arrivals of `poisson` and the order of the methods. */
  readonly seed: number;
  /** In front of every request's number; letters and digits, different in every run. */
  readonly runId: string;
}

/** The field that carries a request's id; balancers replace `X-Request-Id`, nobody replaces this. */
export const idField = "X-Evenkeel-Id";

/** The id of the n-th request of a run, counted from 0. */
export function requestId(runId: string, index: number): string {
  return `${runId}-${index}`;
}

/** The number in an id of this run; undefined for any other text. */
export function indexOfId(runId: string, id: string): number | undefined {
  if (!id.startsWith(`${runId}-`)) return undefined;
  const digits = id.slice(runId.length + 1);
  return /^\d{1,12}$/.test(digits) ? Number(digits) : undefined;
}

const idInTarget = /[?&]id=([A-Za-z0-9]+-\d+)(?=&|#|$)/;

/** The id in a request target as a balancer's log or a backend saw it. */
export function idOfTarget(target: string): string | undefined {
  return idInTarget.exec(target)?.[1];
}

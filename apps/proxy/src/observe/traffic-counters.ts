import type { FailureCause, Outcome } from "@evenkeel/core";
import type { ProxyError } from "../proxy-error.ts";
import { DurationHistogram, type DurationTotals, histogramCells } from "./duration-histogram.ts";

/** Rows of one thread's counters; the same for every thread. */
export interface CountersShape {
  readonly pools: number;
  /** Scoreboard slots. */
  readonly backends: number;
}

/** A request when its record is written. */
export interface EndedRequest {
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly status: number;
  readonly error: ProxyError | null;
  readonly attempts: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export const statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
export type StatusClass = (typeof statusClasses)[number];

/** What became of an attempt: the class of its answer, or why there was none. */
export const outcomeNames = [
  "1xx",
  "2xx",
  "3xx",
  "4xx",
  "5xx",
  "connect",
  "reset",
  "timeout",
  "protocol",
  "canceled",
] as const;
export type OutcomeName = (typeof outcomeNames)[number];

/** What an answer of a sticky pool did with its client: bound it, left it where it was, moved it. */
export const bindingNames = ["new", "kept", "moved"] as const;
export type BindingName = (typeof bindingNames)[number];

const causePlaces: Readonly<Record<FailureCause, number>> = {
  connect: outcomeNames.indexOf("connect"),
  reset: outcomeNames.indexOf("reset"),
  timeout: outcomeNames.indexOf("timeout"),
  protocol: outcomeNames.indexOf("protocol"),
};
const canceledPlace = outcomeNames.indexOf("canceled");

/** Also the order of the metric's series. A new error that is missing here does not compile. */
const errorPlaces: Readonly<Record<ProxyError, number>> = {
  destination_not_found: 0,
  destination_unavailable: 1,
  connection_refused: 2,
  connection_terminated: 3,
  connection_timeout: 4,
  dns_error: 5,
  destination_ip_unroutable: 6,
  http_response_timeout: 7,
  http_response_incomplete: 8,
  http_protocol_error: 9,
  http_request_error: 10,
  http_request_timeout: 11,
  connection_limit_reached: 12,
  proxy_internal_error: 13,
  proxy_loop_detected: 14,
  client_aborted: 15,
  http_request_denied: 16,
};

export const proxyErrors: readonly ProxyError[] = Object.keys(errorPlaces) as ProxyError[];

/*
 * One thread's cells, all 64-bit floats:
 *
 *   per pool     requests by status class, errors, bytes in, bytes out, retries, bindings, durations; the row
 *                after the last pool is for requests that no route matched or that were refused before
 *   per backend  attempts by outcome
 *   delays       of the thread's event loop
 *
 * Each thread has a buffer of its own, which it alone writes, with plain additions. A reader may be one
 * addition behind. Floats count exactly to 2^53, where 32 bits of bytes would be full in four seconds;
 * an aligned float is loaded and stored whole by every 64-bit machine.
 */
const errorsAt = statusClasses.length;
const bytesInAt = errorsAt + proxyErrors.length;
const bytesOutAt = bytesInAt + 1;
const retriesAt = bytesInAt + 2;
const bindingsAt = bytesInAt + 3;
const durationsAt = bindingsAt + bindingNames.length;
const poolCells = durationsAt + histogramCells;

function totalCells({ pools, backends }: CountersShape): number {
  return (pools + 1) * poolCells + backends * outcomeNames.length + histogramCells;
}

function classPlace(status: number): number {
  return Math.min(statusClasses.length - 1, Math.max(0, Math.floor(status / 100) - 1));
}

/**
 * What one data-plane thread counts. Only the row of a pool or backend that is gone ever starts over, for
 * another one; the successor of a crashed thread goes on.
 */
export class TrafficCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array<SharedArrayBuffer>;
  readonly #attemptsStart: number;
  readonly #durations: readonly DurationHistogram[];
  readonly #delays: DurationHistogram;
  /** Row of requests that belong to no pool. */
  readonly #noPool: number;

  constructor(buffer: SharedArrayBuffer, { pools, backends }: CountersShape) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
    this.#noPool = pools;
    this.#attemptsStart = (pools + 1) * poolCells;
    this.#durations = Array.from({ length: pools + 1 }, (_, row) => {
      return new DurationHistogram(this.#cells, row * poolCells + durationsAt);
    });
    const delaysStart = this.#attemptsStart + backends * outcomeNames.length;
    this.#delays = new DurationHistogram(this.#cells, delaysStart);
  }

  static allocate(shape: CountersShape): TrafficCounters {
    const bytes = totalCells(shape) * Float64Array.BYTES_PER_ELEMENT;
    return new TrafficCounters(new SharedArrayBuffer(bytes), shape);
  }

  /**
   * `pool` is its index, or null; `endedAt` is on the clock of `startedAt`. A tunnel has no duration: it
   * lasts as long as its users like.
   */
  requestEnded(pool: number | null, request: EndedRequest, endedAt: number): void {
    const row = pool ?? this.#noPool;
    const start = row * poolCells;
    const { status, error, attempts } = request;
    this.#add(start + classPlace(status), 1);
    this.#add(start + bytesInAt, request.bytesIn);
    this.#add(start + bytesOutAt, request.bytesOut);
    if (error !== null) this.#add(start + errorsAt + errorPlaces[error], 1);
    if (attempts > 1) this.#add(start + retriesAt, attempts - 1);
    if (status !== 101) this.#durations[row]?.record(endedAt - request.startedAt);
  }

  bindingAnswered(pool: number, binding: BindingName): void {
    this.#add(pool * poolCells + bindingsAt + bindingNames.indexOf(binding), 1);
  }

  attemptEnded(slot: number, outcome: Outcome): void {
    this.#add(this.#attemptsStart + slot * outcomeNames.length + outcomePlace(outcome), 1);
  }

  /** A timer of this thread came so much too late. */
  loopDelayed(milliseconds: number): void {
    this.#delays.record(milliseconds);
  }

  /** For the control plane: the row is another pool's from now on. */
  clearPool(pool: number): void {
    this.#cells.fill(0, pool * poolCells, (pool + 1) * poolCells);
  }

  /** For the control plane: the slot is another backend's from now on, and the former one has ended. */
  clearBackend(slot: number): void {
    const start = this.#attemptsStart + slot * outcomeNames.length;
    this.#cells.fill(0, start, start + outcomeNames.length);
  }

  requests(pool: number | null, statusClass: StatusClass): number {
    return this.#poolCell(pool, statusClasses.indexOf(statusClass));
  }

  errors(pool: number | null, error: ProxyError): number {
    return this.#poolCell(pool, errorsAt + errorPlaces[error]);
  }

  bytesIn(pool: number | null): number {
    return this.#poolCell(pool, bytesInAt);
  }

  bytesOut(pool: number | null): number {
    return this.#poolCell(pool, bytesOutAt);
  }

  /** Attempts after the first one of each request. */
  retries(pool: number | null): number {
    return this.#poolCell(pool, retriesAt);
  }

  bindings(pool: number, binding: BindingName): number {
    return this.#poolCell(pool, bindingsAt + bindingNames.indexOf(binding));
  }

  attempts(slot: number, outcome: OutcomeName): number {
    const place = slot * outcomeNames.length + outcomeNames.indexOf(outcome);
    return this.#cells[this.#attemptsStart + place] as number;
  }

  addDurationsTo(totals: DurationTotals, pool: number | null): void {
    this.#durations[pool ?? this.#noPool]?.addTo(totals);
  }

  addDelaysTo(totals: DurationTotals): void {
    this.#delays.addTo(totals);
  }

  #poolCell(pool: number | null, place: number): number {
    return this.#cells[(pool ?? this.#noPool) * poolCells + place] as number;
  }

  #add(cell: number, count: number): void {
    this.#cells[cell] = (this.#cells[cell] as number) + count;
  }
}

function outcomePlace(outcome: Outcome): number {
  // The classes come first, in the same order.
  if (outcome.kind === "response") return classPlace(outcome.status);
  return outcome.kind === "failure" ? causePlaces[outcome.cause] : canceledPlace;
}

import type { FailureCause, Outcome } from "@evenkeel/core";
import type { ProxyError } from "../proxy-error.ts";
import {
  type StatusClass,
  classPlace,
  codeNames,
  codePlace,
  placesOfClass,
  statusClasses,
} from "./answer-codes.ts";
import {
  DurationHistogram,
  type DurationTotals,
  addDurations,
  histogramCells,
  recordDuration,
} from "./duration-histogram.ts";

/** Rows of one thread's counters; the same for every thread. */
export interface CountersShape {
  readonly pools: number;
  /** Scoreboard slots. */
  readonly backends: number;
}

/** From `start` to before `end`. */
export interface CellRange {
  readonly start: number;
  readonly end: number;
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

/** Behind the codes. */
const causePlaces: Readonly<Record<FailureCause | "canceled", number>> = {
  connect: codeNames.length,
  reset: codeNames.length + 1,
  timeout: codeNames.length + 2,
  protocol: codeNames.length + 3,
  canceled: codeNames.length + 4,
};

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
  rate_limited: 17,
  concurrency_limited: 18,
};

export const proxyErrors: readonly ProxyError[] = Object.keys(errorPlaces) as ProxyError[];

/*
 * One thread's cells, all 64-bit floats:
 *
 *   per pool     requests by status class, errors, bytes in, bytes out, retries, bindings, durations; the row
 *                after the last pool is for requests that no route matched or that were refused before
 *   per backend  attempts by status code or by why there was none, durations
 *   delays       of the thread's event loop
 *   departed     requests of pools whose rows others have got since
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
const attemptDurationsAt = codeNames.length + Object.keys(causePlaces).length;
const backendCells = attemptDurationsAt + histogramCells;

function totalCells({ pools, backends }: CountersShape): number {
  return (pools + 1) * poolCells + backends * backendCells + histogramCells + 1;
}

/**
 * What one data-plane thread counts. Only the row of a pool or backend that is gone ever starts over, for
 * another one; the successor of a crashed thread goes on.
 */
export class TrafficCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array<SharedArrayBuffer>;
  readonly #attemptsStart: number;
  readonly #delays: DurationHistogram;
  /** Row of requests that belong to no pool. */
  readonly #noPool: number;
  /** The cell that the control plane alone writes. */
  readonly #departed: number;

  constructor(buffer: SharedArrayBuffer, { pools, backends }: CountersShape) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
    this.#noPool = pools;
    this.#attemptsStart = (pools + 1) * poolCells;
    const delaysStart = this.#attemptsStart + backends * backendCells;
    this.#delays = new DurationHistogram(this.#cells, delaysStart);
    this.#departed = delaysStart + histogramCells;
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
    if (status === 101) return;
    recordDuration(this.#cells, start + durationsAt, endedAt - request.startedAt);
  }

  bindingAnswered(pool: number, binding: BindingName): void {
    this.#add(pool * poolCells + bindingsAt + bindingNames.indexOf(binding), 1);
  }

  attemptEnded(slot: number, outcome: Outcome): void {
    const start = this.#attemptsStart + slot * backendCells;
    this.#add(start + attemptPlace(outcome), 1);
    if (outcome.kind !== "response" || outcome.status === 101) return;
    recordDuration(this.#cells, start + attemptDurationsAt, outcome.latencyMs);
  }

  /** A timer of this thread came so much too late. */
  loopDelayed(milliseconds: number): void {
    this.#delays.record(milliseconds);
  }

  /** For the control plane: the row is another pool's from now on. */
  clearPool(pool: number): void {
    this.#add(this.#departed, this.#requestsOfRow(pool));
    this.#cells.fill(0, pool * poolCells, (pool + 1) * poolCells);
  }

  /** For the control plane: the slot is another backend's from now on, and the former one has ended. */
  clearBackend(slot: number): void {
    const start = this.#attemptsStart + slot * backendCells;
    this.#cells.fill(0, start, start + backendCells);
  }

  /** Where in the buffer, counted in floats, the row of a pool is; null: of requests of none. */
  poolCells(pool: number | null): CellRange {
    const start = (pool ?? this.#noPool) * poolCells;
    return { start, end: start + poolCells };
  }

  backendCells(slot: number): CellRange {
    const start = this.#attemptsStart + slot * backendCells;
    return { start, end: start + backendCells };
  }

  requests(pool: number | null, statusClass: StatusClass): number {
    return this.#poolCell(pool, statusClasses.indexOf(statusClass));
  }

  /** Of all pools that there were since the start, and of none. */
  get allRequests(): number {
    let sum = this.#cells[this.#departed] as number;
    for (let row = 0; row <= this.#noPool; row++) sum += this.#requestsOfRow(row);
    return sum;
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
    const places = isClass(outcome)
      ? (placesOfClass[statusClasses.indexOf(outcome)] ?? [])
      : [causePlaces[outcome]];
    return places.reduce((sum, place) => sum + this.#attemptCell(slot, place), 0);
  }

  /** Answers of one backend; `code` is one of `codeNames`. */
  answers(slot: number, code: string): number {
    const place = codeNames.indexOf(code);
    return place === -1 ? 0 : this.#attemptCell(slot, place);
  }

  /** Of attempts that were answered, from the choice of the backend to the end of its answer. */
  addAttemptDurationsTo(totals: DurationTotals, slot: number): void {
    const start = this.#attemptsStart + slot * backendCells + attemptDurationsAt;
    addDurations(totals, this.#cells, start);
  }

  addDurationsTo(totals: DurationTotals, pool: number | null): void {
    addDurations(totals, this.#cells, (pool ?? this.#noPool) * poolCells + durationsAt);
  }

  addDelaysTo(totals: DurationTotals): void {
    this.#delays.addTo(totals);
  }

  #requestsOfRow(row: number): number {
    return statusClasses.reduce((sum, _, place) => sum + this.#poolCell(row, place), 0);
  }

  #attemptCell(slot: number, place: number): number {
    return this.#cells[this.#attemptsStart + slot * backendCells + place] as number;
  }

  #poolCell(pool: number | null, place: number): number {
    return this.#cells[(pool ?? this.#noPool) * poolCells + place] as number;
  }

  #add(cell: number, count: number): void {
    this.#cells[cell] = (this.#cells[cell] as number) + count;
  }
}

function attemptPlace(outcome: Outcome): number {
  if (outcome.kind !== "response") {
    return causePlaces[outcome.kind === "failure" ? outcome.cause : "canceled"];
  }
  return codePlace(outcome.status);
}

function isClass(outcome: OutcomeName): outcome is StatusClass {
  return statusClasses.some((name) => name === outcome);
}

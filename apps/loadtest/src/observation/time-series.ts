/*
 * A run over time in bounded memory: intervals begin at 100 ms and grow fivefold or twofold whenever there
 * would be more than 300 of them, so that a failover shows its milliseconds and a night of load still fits.
 */
import { LatencyHistogram } from "./latency-histogram.ts";

/** What happened in one interval; see {@link TimeSeries} for what belongs to it. */
export interface Interval {
  /** Requests that became due. */
  offered: number;
  /** Complete responses that arrived. */
  achieved: number;
  /** Requests without a complete response of 2xx or 3xx, not counting dropped and aborted ones. */
  failed: number;
  /** By status class and error reason. */
  readonly outcomes: Map<string, number>;
  /** Responses by backend. */
  readonly backends: Map<string, number>;
  /** Microseconds, complete responses only. */
  readonly latency: LatencyHistogram;
}

/** How a request ended. */
export interface TimedOutcome {
  /** `2xx`, `timeout`, `dropped` */
  readonly label: string;
  readonly isFailed: boolean;
  readonly backend: string | undefined;
  /** Of a complete response. */
  readonly latencyUs: number | undefined;
}

/** A series as plain data: it crosses from the worker thread as it is. */
export interface TimeSeriesSnapshot {
  readonly intervalMs: number;
  readonly intervals: readonly IntervalSnapshot[];
}

/** An {@link Interval} as plain data. */
export interface IntervalSnapshot extends Omit<Interval, "latency"> {
  readonly latency: ReturnType<LatencyHistogram["snapshot"]>;
}

const firstIntervalMs = 100;
const mostIntervals = 300;

/** 100 ms, 500 ms, 1 s, 5 s, 10 s, 60 s, then always twice that. */
const growth: ReadonlyMap<number, number> = new Map([
  [100, 5],
  [500, 2],
  [1000, 5],
  [5000, 2],
  [10_000, 6],
]);

/**
 * Counts per interval. A request belongs to the interval in which it was due, however late its outcome
 * came: a stall shows where it hit, not where it ended. Times are milliseconds since the start of the run.
 */
export class TimeSeries {
  #intervalMs: number;
  #intervals: Interval[] = [];

  constructor(intervalMs: number = firstIntervalMs) {
    this.#intervalMs = intervalMs;
  }

  /** A series that goes on where `snapshot` ended. */
  static from(snapshot: TimeSeriesSnapshot): TimeSeries {
    const series = new TimeSeries(snapshot.intervalMs);
    series.#intervals = snapshot.intervals.map((interval) => ({
      ...interval,
      latency: new LatencyHistogram(interval.latency),
    }));
    return series;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  /** A request became due. */
  offered(atMs: number): void {
    this.#at(atMs).offered += 1;
  }

  /** A complete response came. */
  arrived(atMs: number): void {
    this.#at(atMs).achieved += 1;
  }

  /** The request that was due then has ended. */
  ended(dueAtMs: number, { label, isFailed, backend, latencyUs }: TimedOutcome): void {
    const interval = this.#at(dueAtMs);
    increment(interval.outcomes, label, 1);
    if (isFailed) interval.failed += 1;
    if (backend !== undefined) increment(interval.backends, backend, 1);
    if (latencyUs !== undefined) interval.latency.record(latencyUs);
  }

  /**
   * Makes intervals longer until the usual one holds `least` requests, unless that left fewer than 20: five
   * requests a second are a line of noise in intervals of 100 ms.
   */
  coarsen(least: number): void {
    while (this.#usual() < least && this.#intervals.length / factorAfter(this.#intervalMs) >= 20) {
      this.#grow();
    }
  }

  /** A copy as plain data. */
  snapshot(): TimeSeriesSnapshot {
    return {
      intervalMs: this.#intervalMs,
      intervals: this.#intervals.map((interval) => ({
        ...interval,
        latency: interval.latency.snapshot(),
      })),
    };
  }

  #usual(): number {
    const counts = this.#intervals.map(({ offered }) => offered).toSorted((a, b) => a - b);
    return counts[Math.floor(counts.length / 2)] ?? 0;
  }

  #at(atMs: number): Interval {
    while (atMs >= this.#intervalMs * mostIntervals) this.#grow();
    const index = Math.max(0, Math.floor(atMs / this.#intervalMs));
    while (this.#intervals.length <= index) this.#intervals.push(emptyInterval());
    return this.#intervals[index] as Interval;
  }

  #grow(): void {
    const factor = factorAfter(this.#intervalMs);
    const old = this.#intervals;
    this.#intervalMs *= factor;
    this.#intervals = Array.from({ length: Math.ceil(old.length / factor) }, (_, index) =>
      merged(old.slice(index * factor, (index + 1) * factor)),
    );
  }
}

/** `2xx` for 204 */
export function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}

function factorAfter(intervalMs: number): number {
  return growth.get(intervalMs) ?? 2;
}

function emptyInterval(): Interval {
  return {
    offered: 0,
    achieved: 0,
    failed: 0,
    outcomes: new Map(),
    backends: new Map(),
    latency: new LatencyHistogram(),
  };
}

function merged(parts: readonly Interval[]): Interval {
  const [whole = emptyInterval(), ...rest] = parts;
  for (const part of rest) {
    whole.offered += part.offered;
    whole.achieved += part.achieved;
    whole.failed += part.failed;
    for (const [label, count] of part.outcomes) increment(whole.outcomes, label, count);
    for (const [name, count] of part.backends) increment(whole.backends, name, count);
    whole.latency.add(part.latency);
  }
  return whole;
}

function increment(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

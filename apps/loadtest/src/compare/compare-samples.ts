/*
 * Two sets of measurements beside each other: is there a difference, how large, and how sure is that. Pure.
 */
import { upperBoundOf } from "../observation/latency-histogram.ts";
import { bootstrapInterval, type Interval } from "../statistics/bootstrap.ts";
import { mannWhitney } from "../statistics/mann-whitney.ts";

/** What came about independently of the others: a run, or a stretch of one. */
export interface SampleUnit {
  readonly durationMs: number;
  /** Requests due; in a closed loop, ended. */
  readonly offered: number;
  /** Complete responses. */
  readonly achieved: number;
  readonly failed: number;
  /** Microseconds: count by bucket. */
  readonly latencyUs: ReadonlyMap<number, number>;
}

/** What is compared. */
export const comparedMetrics = ["p50", "p99", "throughput", "failed"] as const;

/** One of {@link comparedMetrics}. */
export type ComparedMetric = (typeof comparedMetrics)[number];

/** One metric of both sides. */
export interface MetricComparison {
  readonly metric: ComparedMetric;
  /** Milliseconds, responses per second, or a share of the requests; null where there was none. */
  readonly a: number | null;
  readonly b: number | null;
  /**
   * Of B against A: relative, 0.1 for 10 % more; for `failed` a difference of shares, since from none there
   * is no relation. With its 95 % bootstrap interval; null where there is nothing to compare.
   */
  readonly difference: Interval | null;
  /** Mann–Whitney over the units' own values: how likely that is without any difference. */
  readonly p: number | null;
  /** Chance that a unit of B has the larger value than one of A. */
  readonly superiority: number | null;
  readonly verdict: "better" | "worse" | "no-difference-shown";
}

/** Below this a difference is called one. */
export const significance = 0.05;

/**
 * Units of each side below which no difference is shown: three against three cannot get below the
 * significance, and with values that occur twice the test, an approximation then, would say it can.
 * The smallest p of four against four is 0.029.
 */
export const leastUnits = 4;

/** Compares B with A in every metric; `random` is uniform from 0 to below 1. */
export function compareSamples(
  a: readonly SampleUnit[],
  b: readonly SampleUnit[],
  random: () => number,
): MetricComparison[] {
  const buckets = new BucketSums([...a, ...b]);
  return comparedMetrics.map((metric) => compareMetric(metric, { a, b, buckets, random }));
}

interface Samples {
  readonly a: readonly SampleUnit[];
  readonly b: readonly SampleUnit[];
  readonly buckets: BucketSums;
  readonly random: () => number;
}

function compareMetric(
  metric: ComparedMetric,
  { a, b, buckets, random }: Samples,
): MetricComparison {
  const value = (units: readonly SampleUnit[]): number => valueOf(metric, units, buckets);
  const left = a.map((unit) => value([unit])).filter((number) => !Number.isNaN(number));
  const right = b.map((unit) => value([unit])).filter((number) => !Number.isNaN(number));
  const sides = { metric, a: orNull(value(a)), b: orNull(value(b)) };
  if (left.length === 0 || right.length === 0) {
    const nothing = { difference: null, p: null, superiority: null };
    return { ...sides, ...nothing, verdict: "no-difference-shown" };
  }
  const difference = (from: number, to: number): number =>
    metric === "failed" ? to - from : to / from - 1;
  const statistic = (x: readonly SampleUnit[], y: readonly SampleUnit[]): number =>
    difference(value(x), value(y));
  const interval = bootstrapInterval({ a, b, statistic, random });
  const { p, superiority } = mannWhitney(left, right);
  return {
    ...sides,
    difference: interval,
    p,
    superiority,
    verdict:
      Math.min(left.length, right.length) < leastUnits
        ? "no-difference-shown"
        : verdictOf(metric, interval, p),
  };
}

/** Both methods must say so: the interval where the difference is, the test that it is not chance. */
function verdictOf(
  metric: ComparedMetric,
  { low, high }: Interval,
  p: number,
): MetricComparison["verdict"] {
  const isShown = p < significance && (low > 0 || high < 0);
  if (!isShown) return "no-difference-shown";
  const isMore = low > 0;
  return isMore === (metric === "throughput") ? "better" : "worse";
}

function valueOf(
  metric: ComparedMetric,
  units: readonly SampleUnit[],
  buckets: BucketSums,
): number {
  const sum = (key: "durationMs" | "offered" | "achieved" | "failed"): number =>
    units.reduce((all, unit) => all + unit[key], 0);
  if (metric === "throughput") return (sum("achieved") * 1000) / sum("durationMs");
  if (metric === "failed") return sum("failed") / sum("offered");
  return buckets.percentileMs(units, metric === "p50" ? 50 : 99);
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Percentiles of units together. Only buckets that occur at all are added up: it is done thousands of times. */
class BucketSums {
  readonly #buckets: readonly number[];
  readonly #counts: ReadonlyMap<SampleUnit, Float64Array>;

  constructor(units: readonly SampleUnit[]) {
    const buckets = new Set(units.flatMap(({ latencyUs }) => [...latencyUs.keys()]));
    this.#buckets = [...buckets].toSorted((x, y) => x - y);
    this.#counts = new Map(
      units.map((unit) => [
        unit,
        Float64Array.from(this.#buckets, (bucket) => unit.latencyUs.get(bucket) ?? 0),
      ]),
    );
  }

  /** NaN where nothing was recorded. */
  percentileMs(units: readonly SampleUnit[], percentile: number): number {
    const sums = new Float64Array(this.#buckets.length);
    let total = 0;
    for (const unit of units) {
      this.#counts.get(unit)?.forEach((count, index) => {
        sums[index] = (sums[index] ?? 0) + count;
        total += count;
      });
    }
    const wanted = Math.max(1, Math.ceil((percentile / 100) * total - 1e-9));
    let seen = 0;
    const at = sums.findIndex((count) => (seen += count) >= wanted);
    const bucket = this.#buckets[at];
    return total === 0 || bucket === undefined ? Number.NaN : middleMs(bucket);
  }
}

/** Two runs whose percentile falls into one bucket are the same, however the bucket is read. */
function middleMs(bucket: number): number {
  const highest = upperBoundOf(bucket);
  const lowest = bucket === 0 ? 0 : upperBoundOf(bucket - 1) + 1;
  return (lowest + highest) / 2000;
}

/** Several units as one. */
export function mergeUnits(units: readonly SampleUnit[]): SampleUnit {
  const latencyUs = new Map<number, number>();
  for (const unit of units) {
    for (const [bucket, count] of unit.latencyUs) {
      latencyUs.set(bucket, (latencyUs.get(bucket) ?? 0) + count);
    }
  }
  const sum = (key: "durationMs" | "offered" | "achieved" | "failed"): number =>
    units.reduce((all, unit) => all + unit[key], 0);
  return {
    durationMs: sum("durationMs"),
    offered: sum("offered"),
    achieved: sum("achieved"),
    failed: sum("failed"),
    latencyUs,
  };
}

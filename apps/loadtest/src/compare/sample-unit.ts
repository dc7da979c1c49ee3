/*
 * What a comparison is made of: runs, or stretches of one, and what is measured in each. Pure.
 */
import { upperBoundOf } from "../observation/latency-histogram.ts";

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

/**
 * What is compared. What disturbs a run only ever adds to latencies, and to some of them: the fastest hundredth
 * stays what it is on a busy machine on which every other percentile is anybody's guess.
 */
export const comparedMetrics = ["p1", "p50", "p99", "throughput", "failed"] as const;

/** One of {@link comparedMetrics}. */
export type ComparedMetric = (typeof comparedMetrics)[number];

/** One metric of units taken together; NaN where they have none. */
export function valueOf(
  metric: ComparedMetric,
  units: readonly SampleUnit[],
  buckets: BucketSums,
): number {
  const sum = (key: "durationMs" | "offered" | "achieved" | "failed"): number =>
    units.reduce((all, unit) => all + unit[key], 0);
  if (metric === "throughput") return (sum("achieved") * 1000) / sum("durationMs");
  if (metric === "failed") return sum("failed") / sum("offered");
  return buckets.percentileMs(units, Number(metric.slice(1)));
}

/** Percentiles of units together. Only buckets that occur at all are added up: it is done thousands of times. */
export class BucketSums {
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
      const counts = this.#counts.get(unit) ?? sums.subarray(0, 0);
      // An iterator over the entries would be most of the work of a comparison.
      for (let index = 0; index < counts.length; index++) {
        sums[index] = (sums[index] ?? 0) + (counts[index] ?? 0);
        total += counts[index] ?? 0;
      }
    }
    return total === 0 ? Number.NaN : this.#atMs(sums, (percentile / 100) * total);
  }

  /**
   * Where so many of the values are below, spread evenly over the bucket they fall into: a bucket is 0.8 %
   * wide, and thousands of requests tell smaller differences.
   */
  #atMs(sums: Float64Array, wanted: number): number {
    let below = 0;
    const at = sums.findIndex((count) => (below += count) >= wanted && count > 0);
    const bucket = this.#buckets[at] ?? 0;
    const count = sums[at] ?? 1;
    const lowest = bucket === 0 ? 0 : upperBoundOf(bucket - 1) + 1;
    const width = upperBoundOf(bucket) + 1 - lowest;
    return (lowest + (width * (wanted - below + count)) / count) / 1000;
  }
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

/*
 * A log-linear histogram: exact up to 255, then 128 buckets for every doubling, so that a value is known to
 * within 1/128 (0.8 %) whatever its size. 3,328 counters whatever is recorded: 13 KiB.
 */

import type { SparseHistogram } from "./sparse-histogram.ts";

const subBucketBits = 7;
/** The largest value that is told apart from larger ones. */
export const largestValue: number = 2 ** 32 - 1;
const bucketCount = bucketOf(largestValue) + 1;

/** A histogram as plain data. */
export interface HistogramSnapshot {
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly count: number;
  readonly sum: number;
  /** Infinity and 0 where nothing was recorded. */
  readonly min: number;
  readonly max: number;
}

/** Counts whole numbers from 0 to 2³² − 1, for example microseconds up to 71 minutes. */
export class LatencyHistogram {
  readonly #counts: Uint32Array<ArrayBuffer>;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  constructor(snapshot?: HistogramSnapshot) {
    this.#counts = snapshot?.counts ?? new Uint32Array(bucketCount);
    this.#count = snapshot?.count ?? 0;
    this.#sum = snapshot?.sum ?? 0;
    this.#min = snapshot?.min ?? Infinity;
    this.#max = snapshot?.max ?? 0;
  }

  /** Values recorded. */
  get count(): number {
    return this.#count;
  }

  /** The smallest value, exact; 0 where there is none. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** The largest value, exact; 0 where there is none. */
  get max(): number {
    return this.#max;
  }

  /** Exact; 0 where there is none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Counts `value`, rounded to a whole number and brought into range. */
  record(value: number): void {
    const whole = Math.min(largestValue, Math.max(0, Math.round(value)));
    const bucket = bucketOf(whole);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += whole;
    this.#min = Math.min(this.#min, whole);
    this.#max = Math.max(this.#max, whole);
  }

  /** Counts all that `values` counted; nothing is lost, the buckets are the same. */
  addSparse(values: SparseHistogram): void {
    for (const [bucket, count] of values.buckets) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    }
    this.#count += values.count;
    this.#sum += values.sum;
    this.#min = Math.min(this.#min, values.min);
    this.#max = Math.max(this.#max, values.max);
  }

  /** `[bucket, count]` of every bucket that is not empty, in order. */
  *buckets(): Generator<readonly [bucket: number, count: number], void> {
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const count = this.#counts[bucket] ?? 0;
      if (count > 0) yield [bucket, count];
    }
  }

  /** Counts everything that `other` has counted; nothing gets less exact by it. */
  add(other: LatencyHistogram): void {
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    });
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets everything. */
  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = 0;
  }

  /**
   * The value that `percentile` per cent of the recorded ones do not exceed, 0 to 100: never below it and
   * at most 0.8 % above. 0 where nothing was recorded.
   */
  percentile(percentile: number): number {
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.#count - 1e-9));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.max(this.min, Math.min(this.#max, upperBoundOf(bucket)));
    }
    return this.#max;
  }

  /** A copy as plain data. */
  snapshot(): HistogramSnapshot {
    return {
      counts: this.#counts.slice(),
      count: this.#count,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
    };
  }
}

/** Which bucket counts `value`, a whole number in range. */
export function bucketOf(value: number): number {
  const doublings = 31 - Math.clz32(value) - subBucketBits;
  if (doublings <= 0) return value;
  return (doublings << subBucketBits) + (value >>> doublings);
}

/** The largest value that falls into `bucket`. */
export function upperBoundOf(bucket: number): number {
  const doublings = (bucket >> subBucketBits) - 1;
  if (doublings <= 0) return bucket;
  return (bucket - (doublings << subBucketBits) + 1) * 2 ** doublings - 1;
}

import { bucketOf, largestValue } from "./latency-histogram.ts";

/**
 * The same buckets, only those that are not empty: cheap to send between threads many times a second, and to
 * keep for every interval of a run.
 */
export interface SparseHistogram {
  readonly buckets: ReadonlyMap<number, number>;
  readonly count: number;
  readonly sum: number;
  /** Infinity and 0 where nothing was recorded. */
  readonly min: number;
  readonly max: number;
}

/** Records into a {@link SparseHistogram}. */
export class SparseRecorder implements SparseHistogram {
  readonly buckets: Map<number, number> = new Map();
  count: number = 0;
  sum: number = 0;
  min: number = Infinity;
  max: number = 0;

  /** Counts `value`, rounded to a whole number and brought into range. */
  record(value: number): void {
    const whole = Math.min(largestValue, Math.max(0, Math.round(value)));
    const bucket = bucketOf(whole);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
    this.count += 1;
    this.sum += whole;
    this.min = Math.min(this.min, whole);
    this.max = Math.max(this.max, whole);
  }

  /** Counts all that `values` counted. */
  add(values: SparseHistogram): void {
    for (const [bucket, count] of values.buckets) {
      this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + count);
    }
    this.count += values.count;
    this.sum += values.sum;
    this.min = Math.min(this.min, values.min);
    this.max = Math.max(this.max, values.max);
  }
}

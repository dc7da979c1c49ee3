/*
 * A log-linear histogram: exact up to 255, then 128 buckets for every doubling, so that a value is known to
 * within 1/128 (0.8 %) whatever its size. 3,328 counters whatever is recorded: 13 KiB.
 */

const subBucketBits = 7;
const largestValue = 2 ** 32 - 1;
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
  add(values: SparseHistogram): void {
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

  /** The sum of all values, exact. */
  get sum(): number {
    return this.#sum;
  }

  /**
   * The same with what a client did not ask while it waited: a value of `n` intervals stands for those that
   * would have come `1, 2, … n − 1` intervals later, as HdrHistogram and wrk count. For a closed loop, where
   * a stall hides the requests that were not sent meanwhile.
   */
  corrected(intervalUs: number): LatencyHistogram {
    const corrected = new LatencyHistogram();
    corrected.add(sparseOf(this));
    if (!(intervalUs > 0)) return corrected;
    for (const [bucket, count] of this.buckets()) {
      const value = Math.min(this.#max, upperBoundOf(bucket));
      for (let missing = value - intervalUs; missing >= intervalUs; missing -= intervalUs) {
        corrected.#recordMany(missing, count);
      }
    }
    return corrected;
  }

  #recordMany(value: number, count: number): void {
    const whole = Math.round(value);
    const bucket = bucketOf(whole);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#count += count;
    this.#sum += whole * count;
    this.#min = Math.min(this.#min, whole);
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

/** A sparse copy. */
export function sparseOf(histogram: LatencyHistogram): SparseHistogram {
  const { count, sum, max } = histogram;
  const min = count === 0 ? Infinity : histogram.min;
  return { buckets: new Map(histogram.buckets()), count, sum, min, max };
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

/** The bucket of a whole number in range. */
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

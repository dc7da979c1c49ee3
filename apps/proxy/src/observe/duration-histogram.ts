/*
 * Log-linear with two decimal digits (as Circonus's): 100 buckets of 1 µs, then 90 per decade up to
 * 100 s, so that every bound with two digits (0.25 ms, 5 s) is the exact end of a bucket. A bucket holds
 * what is above its lower and up to its upper end, as Prometheus's `le` wants it.
 */
const linearBuckets = 100;
const bucketsPerDecade = 90;
const decades = 6;
/** The last one holds everything above 100 s. */
const overflowBucket = linearBuckets + decades * bucketsPerDecade;
const buckets = overflowBucket + 1;

/** How much of an array one histogram takes: the buckets, and the sum in milliseconds. */
export const histogramCells: number = buckets + 1;

/** The bucket of a duration in whole microseconds, 1 or more. */
function bucketOf(microseconds: number): number {
  if (microseconds <= linearBuckets) return microseconds - 1;
  // Single ones: a list of three would be made for every request.
  let first = linearBuckets;
  let width = 10;
  let end = 1_000;
  while (microseconds > end) {
    first += bucketsPerDecade;
    if (first === overflowBucket) return overflowBucket;
    width *= 10;
    end *= 10;
  }
  return first + Math.floor((microseconds - end / 10 - 1) / width);
}

/** Upper end of a bucket in microseconds; that of the last one is where the buckets end. */
function endOf(bucket: number): number {
  if (bucket < linearBuckets) return bucket + 1;
  if (bucket >= overflowBucket) return linearBuckets * 10 ** decades;
  const decade = Math.floor((bucket - linearBuckets) / bucketsPerDecade);
  const width = 10 ** (decade + 1);
  return linearBuckets * 10 ** decade + (((bucket - linearBuckets) % bucketsPerDecade) + 1) * width;
}

/**
 * Durations of one kind, counted in a part of an array that one thread writes and others read. Counts
 * only ever grow.
 */
export class DurationHistogram {
  readonly #cells: Float64Array;
  readonly #start: number;

  /** Takes `histogramCells` cells from `start`. */
  constructor(cells: Float64Array, start = 0) {
    this.#cells = cells;
    this.#start = start;
  }

  record(milliseconds: number): void {
    recordDuration(this.#cells, this.#start, milliseconds);
  }

  /** Adds what was counted so far to `totals`. */
  addTo(totals: DurationTotals): void {
    addDurations(totals, this.#cells, this.#start);
  }
}

/** `record` where there are too many histograms in one array for an object each. */
export function recordDuration(cells: Float64Array, start: number, milliseconds: number): void {
  const cell = start + bucketOf(Math.max(1, Math.ceil(milliseconds * 1_000)));
  cells[cell] = (cells[cell] as number) + 1;
  const sum = start + buckets;
  cells[sum] = (cells[sum] as number) + Math.max(0, milliseconds);
}

/** `addTo` in the same way. */
export function addDurations(totals: DurationTotals, cells: Float64Array, start: number): void {
  for (let bucket = 0; bucket < buckets; bucket++) {
    totals.counts[bucket] = (totals.counts[bucket] as number) + (cells[start + bucket] as number);
  }
  totals.sumMs += cells[start + buckets] as number;
}

/** What several threads counted, added up at one moment. */
export class DurationTotals {
  /** By bucket. */
  readonly counts: Float64Array = new Float64Array(buckets);
  sumMs = 0;

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many lasted at most this long; exact for bounds of two decimal digits up to 100 s. */
  countUpTo(milliseconds: number): number {
    const last = bucketOf(Math.round(milliseconds * 1_000));
    return this.counts.subarray(0, last + 1).reduce((sum, count) => sum + count, 0);
  }

  get meanMs(): number | null {
    const { count } = this;
    return count === 0 ? null : this.sumMs / count;
  }

  /**
   * The duration that the share `rank` (0 to 1) did not exceed, in milliseconds; null when there are none. Off by
   * a bucket's width at most, a tenth; what lasted longer than 100 s counts as 100 s.
   */
  quantileMs(rank: number): number | null {
    const wanted = Math.max(1, Math.ceil(this.count * rank));
    let seen = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const here = this.counts[bucket] as number;
      if (seen + here < wanted || here === 0) {
        seen += here;
        continue;
      }
      const start = bucket === 0 ? 0 : endOf(bucket - 1);
      return (start + ((wanted - seen) / here) * (endOf(bucket) - start)) / 1_000;
    }
    return null;
  }
}

/** The bound of each bucket is that of the one below it times this: a quantile is at most an eighth too high. */
const ratio = 1.125;
const leastMs = 0.05;
const buckets = 128;
/** Counts are halved at so many, so that one of two thousand requests ago weighs half of a new one. */
const mostCounted = 4_096;

const logRatio = Math.log(ratio);

/** Latencies seen lately, of any size from 50 µs to 45 minutes in a fixed amount of memory. */
export class LatencyHistogram {
  readonly #counts: Uint32Array = new Uint32Array(buckets);
  #total = 0;

  /** Of lately. */
  get count(): number {
    return this.#total;
  }

  add(latencyMs: number): void {
    const steps = Math.ceil(Math.log(Math.max(latencyMs, leastMs) / leastMs) / logRatio);
    const bucket = Math.min(steps, buckets - 1);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    if (++this.#total >= mostCounted) this.#fade();
  }

  /** What a share of all (0 to 1) did not exceed, in milliseconds, rounded up to its bucket; 0 of nothing. */
  quantile(share: number): number {
    let left = share * this.#total;
    let bucket = 0;
    for (; bucket < buckets; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) break;
    }
    return this.#total === 0 ? 0 : leastMs * ratio ** bucket;
  }

  #fade(): void {
    this.#total = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const half = (this.#counts[bucket] as number) >>> 1;
      this.#counts[bucket] = half;
      this.#total += half;
    }
  }
}

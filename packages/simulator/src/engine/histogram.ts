/** From 2^-20 ms, a nanosecond, to 2^30 ms, twelve days. */
const lowestExponent = -20;
const highestExponent = 30;
const exponentBias = 1023;
const mantissaBitsInHighWord = 20;

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Counts of durations in buckets of equal relative width: 2^bits to a doubling. With 8 bits a quantile
 * is wrong by at most 0.2 %, whatever its size and however many values were recorded; count, mean,
 * least and largest are exact.
 */
export class Histogram {
  readonly bits: number;
  readonly #counts: Float64Array;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  /** `bits` is 0 to 12. */
  constructor(bits = 8) {
    this.bits = bits;
    this.#counts = new Float64Array(((highestExponent - lowestExponent) << bits) + 1);
  }

  get count(): number {
    return this.#count;
  }

  /** 0 when nothing was recorded. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** Milliseconds, 0 or more. */
  record(value: number): void {
    const index = this.#indexOf(value);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds what another histogram of the same width counted. */
  merge(other: Histogram): void {
    for (let index = 0; index < this.#counts.length; index++) {
      this.#counts[index] = (this.#counts[index] as number) + (other.#counts[index] as number);
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The value that the share `q` (0 to 1) of all values does not exceed; 0 when there are none. */
  quantile(q: number): number {
    if (this.#count === 0) return 0;
    const rank = q * this.#count;
    let below = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      const inBucket = this.#counts[index] as number;
      if (inBucket > 0 && below + inBucket >= rank) {
        // Below a nanosecond is nothing, as for a request that did not wait.
        if (index === 0) return 0;
        const low = this.#lowerBound(index);
        const value = low + (this.#lowerBound(index + 1) - low) * ((rank - below) / inBucket);
        return Math.min(Math.max(value, this.#min), this.#max);
      }
      below += inBucket;
    }
    return this.#max;
  }

  /** Bucket 0 holds everything below the range, 0 included. */
  #indexOf(value: number): number {
    scratch.setFloat64(0, value);
    const word = scratch.getInt32(0);
    const shift = mantissaBitsInHighWord - this.bits;
    const index = (word >> shift) - ((exponentBias + lowestExponent) << this.bits) + 1;
    return index < 1 ? 0 : Math.min(index, this.#counts.length - 1);
  }

  #lowerBound(index: number): number {
    const step = index - 1;
    const exponent = (step >> this.bits) + lowestExponent;
    const part = step & ((1 << this.bits) - 1);
    return 2 ** exponent * (1 + part / (1 << this.bits));
  }
}

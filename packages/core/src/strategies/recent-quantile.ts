/** Enough for a quantile to within a few percent, few enough to follow a change of load at once. */
const kept = 64;
/** Sorting this seldom costs a pick next to nothing. */
const refreshEvery = 16;

/** A quantile of the last 64 numbers, worked out anew after every 16th. */
export class RecentQuantile {
  readonly #share: number;
  readonly #recent: Float64Array = new Float64Array(kept).fill(Infinity);
  readonly #sorted: Float64Array = new Float64Array(kept);
  #added = 0;
  #sortedAt = 0;

  /** `share` is 0 (the least) to 1 (the greatest). */
  constructor(share: number) {
    this.#share = share;
  }

  add(value: number): void {
    this.#recent[this.#added++ % kept] = value;
  }

  /** Infinity before the first number. */
  get value(): number {
    const filled = Math.min(this.#added, kept);
    // While there are few, each one counts.
    if (filled < kept || this.#added - this.#sortedAt >= refreshEvery) this.#sort();
    return filled === 0
      ? Infinity
      : (this.#sorted[Math.floor(this.#share * (filled - 1))] as number);
  }

  /** Places not filled yet hold Infinity and sort to the end. */
  #sort(): void {
    this.#sorted.set(this.#recent);
    this.#sorted.sort();
    this.#sortedAt = this.#added;
  }
}

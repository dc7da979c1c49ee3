/** Enough for a quantile to within a few percent, few enough to follow a change of load at once. */
const windowSize = 64;

/**
 * A quantile of the numbers added lately: of the last 64 at every 64th, because working it out at every
 * pick would cost more than the pick; of all, while they are fewer.
 */
export class RecentQuantile {
  readonly #share: number;
  readonly #window: Float64Array = new Float64Array(windowSize);
  #filled = 0;
  #next = 0;
  #value = Infinity;

  /** `share` is 0 (the least) to 1 (the greatest). */
  constructor(share: number) {
    this.#share = share;
  }

  /** Infinity before the first number. */
  get value(): number {
    return this.#value;
  }

  /** Whether the quantile is below a number of `values`. */
  isBelow(values: Float64Array, index: number): boolean {
    return this.#value < (values[index] as number);
  }

  /** A number of `values`: passing it on by itself would take heap. */
  add(values: Float64Array, index: number): void {
    this.#window[this.#next++] = values[index] as number;
    this.#filled = Math.max(this.#filled, this.#next);
    if (this.#filled < windowSize || this.#next === windowSize) this.#refresh();
    if (this.#next === windowSize) this.#next = 0;
  }

  #refresh(): void {
    const rank = Math.floor(this.#share * (this.#filled - 1));
    this.#value = selectRank(this.#window, this.#filled, rank);
  }
}

/** Of the first `count` values the one that `rank` smaller ones precede; moves them (Hoare's FIND, CACM 4(7), 1961). */
function selectRank(values: Float64Array, count: number, rank: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[rank] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left <= right) swap(values, left++, right--);
    }
    if (right < rank) low = left;
    if (left > rank) high = right;
  }
  return values[rank] as number;
}

function swap(values: Float64Array, one: number, other: number): void {
  const kept = values[one] as number;
  values[one] = values[other] as number;
  values[other] = kept;
}

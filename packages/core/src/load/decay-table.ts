/** Milliseconds told apart, then the steps of as many: 65 s together, without a look at e^-x. */
const fineSteps = 1024;
const coarseSteps = 64;

/**
 * e^(-ms / decayMs) for whole milliseconds, as the product of two numbers looked up: a scan needs it
 * for every backend, and Math.exp would be most of its time.
 */
export class DecayTable {
  readonly #decayMs: number;
  readonly #fine: Float64Array;
  readonly #coarse: Float64Array;

  /** Ages are whole milliseconds: a decay below one is the same as one, and 0 would divide by 0. */
  constructor(decayMs: number) {
    this.#decayMs = Math.max(decayMs, 1);
    this.#fine = powers(fineSteps, 1 / this.#decayMs);
    this.#coarse = powers(coarseSteps, fineSteps / this.#decayMs);
  }

  /** What is left of 1. `ageMs` is whole, 0 or more. */
  leftAfter(ageMs: number): number {
    if (ageMs >= fineSteps * coarseSteps) return Math.exp(-ageMs / this.#decayMs);
    const fine = this.#fine[ageMs % fineSteps] as number;
    return fine * (this.#coarse[Math.floor(ageMs / fineSteps)] as number);
  }

  /** `leftAfter` of the number at `index`: no result, so no heap, where the call is not inlined. */
  fade(values: Float64Array, index: number, ageMs: number): void {
    values[index] = (values[index] as number) * this.leftAfter(ageMs);
  }
}

function powers(count: number, rate: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => Math.exp(-index * rate));
}

import { hashText } from "./strategies/hash.ts";

/**
 * Not the seed by which strategies hash keys: a small arm has one part of all hashes, and a ring that
 * saw only that part would send it to few of the arm's backends.
 */
const splitSeed = 0x51_7a_9e_2d;

/** Where a client stands between 0 and 1, for ever. */
export function splitPoint(key: string): number {
  return (hashText(key, splitSeed) >>> 0) / 2 ** 32;
}

/**
 * Arms of a split, each with its part of the line from 0 to 1, in their order. An arm that grows takes
 * from its neighbour, so of two arms nobody leaves the one that grows.
 */
export class WeightedSplit {
  /** Where each arm's part ends. */
  readonly #ends: readonly number[];

  /** Weights are 0 or more, one of them more. */
  constructor(weights: readonly number[]) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.#ends = weights.map((weight) => (sum += weight) / total);
  }

  /** `point` is from 0 to below 1. */
  armAt(point: number): number {
    return this.#ends.findIndex((end) => point < end);
  }
}

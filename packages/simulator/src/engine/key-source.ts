import { randomStream } from "./random-stream.ts";

/** What requests ask for, for strategies that hash: `count` keys of which the k-th is k^-exponent as popular. */
export interface Keys {
  readonly count: number;
  /** 0 = all equally popular; 1 = Zipf's law. */
  readonly exponent: number;
}

/** Draws the index of a request's key. */
export function keySampler({ count, exponent }: Keys, seed: number): () => number {
  const random = randomStream(seed, "keys");
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let index = 0; index < count; index++) {
    total += (index + 1) ** -exponent;
    cumulative[index] = total;
  }
  return () => firstAbove(cumulative, random() * total);
}

/** The text that stands for a key, in the form of a path. */
export function keyText(index: number): string {
  return `/item/${index}`;
}

/** Uniform numbers of a stream decide; binary search in rising sums. */
function firstAbove(cumulative: Float64Array, value: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

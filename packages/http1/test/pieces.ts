/** The ways to cut a message before it is fed. */
export type Pieces = readonly Uint8Array[];

export function byteByByte(bytes: Uint8Array): Pieces {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}

export function cutAt(bytes: Uint8Array, positions: readonly number[]): Pieces {
  const edges = [0, ...positions.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

export function* twoWaySplits(bytes: Uint8Array): Generator<Pieces> {
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Numbers from 0 up to 1, always the same for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomSplit(bytes: Uint8Array, random: () => number): Pieces {
  const cuts = 1 + Math.floor(random() * 8);
  return cutAt(
    bytes,
    Array.from({ length: cuts }, () => Math.floor(random() * (bytes.length + 1))),
  );
}

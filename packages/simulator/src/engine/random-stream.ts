import type { Random } from "@evenkeel/core";

/**
 * An independent sequence for each `(seed, name, index)`: what one part of a simulation draws never
 * shifts what another one draws, so that all strategies meet the same requests (common random
 * numbers). sfc32 (Doty-Humphrey's small fast counter), 32 bits per number.
 */
export function randomStream(seed: number, name: string, index = 0): Random {
  const next = mixer(hashOf(seed, `${name}/${index}`));
  let a = next();
  let b = next();
  let c = next();
  let counter = 1;
  const draw: Random = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The author's advice: the state needs a dozen rounds before its bits are mixed.
  for (let round = 0; round < 12; round++) draw();
  return draw;
}

/** FNV-1a over the characters, then the seed: only its mixed form is used. */
function hashOf(seed: number, text: string): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed | 0, 0x9e3779b1);
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** splitmix32: turns one word into as many as are needed. */
function mixer(start: number): () => number {
  let state = start | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return word ^ (word >>> 15);
  };
}

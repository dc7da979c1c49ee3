/*
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein; the reference code's halfsiphash.c).
 * Clients choose the keys of rate limits, and for an unkeyed hash, or for murmur with any seed, they can
 * choose two that collide; with a secret seed they cannot.
 */

/** Hashes text whose code units are bytes; a unit above 0xff counts with its low eight bits. */
export class KeyHash {
  readonly #first: number;
  readonly #second: number;
  /** Signed 32 bits each, of the last text. */
  low: number = 0;
  high: number = 0;

  /** The seed is 64 bits, in two halves. */
  constructor(first: number, second: number) {
    this.#first = first | 0;
    this.#second = second | 0;
  }

  /** Leaves the result in `low` and `high`, because an object would be made for every request. */
  hash(text: string): void {
    this.#v0 = this.#first;
    this.#v1 = this.#second ^ 0xee;
    this.#v2 = this.#first ^ 0x6c79_6765;
    this.#v3 = this.#second ^ 0x7465_6462;
    const { length } = text;
    const tail = length & ~3;
    for (let at = 0; at < tail; at += 4) this.#absorb(wordAt(text, at, 4));
    this.#absorb((length << 24) | wordAt(text, tail, length - tail));
    this.#v2 ^= 0xee;
    this.#rounds(4);
    this.low = this.#v1 ^ this.#v3;
    this.#v1 ^= 0xdd;
    this.#rounds(4);
    this.high = this.#v1 ^ this.#v3;
  }

  #v0 = 0;
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;

  #absorb(word: number): void {
    this.#v3 ^= word;
    this.#rounds(2);
    this.#v0 ^= word;
  }

  #rounds(count: number): void {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = this.#v2;
    let v3 = this.#v3;
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) | 0;
      v1 = rotated(v1, 5) ^ v0;
      v0 = rotated(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotated(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotated(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotated(v1, 13) ^ v2;
      v2 = rotated(v2, 16);
    }
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}

function wordAt(text: string, from: number, bytes: number): number {
  let word = 0;
  for (let byte = 0; byte < bytes; byte++) {
    word |= (text.charCodeAt(from + byte) & 0xff) << (8 * byte);
  }
  return word;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/*
 * MurmurHash3_x86_32 (Appleby, SMHasher). Affinity needs a hash whose every output bit depends on every
 * input bit: with FNV-1a, names such as srv-1, srv-2, srv-3 get shares of 50, 25 and 25 % from
 * rendezvous hashing (algorithms.md section 5.3); the finaliser is what prevents that.
 *
 * Seeds are constants, so that every worker and every instance sends a key to the same backend. The
 * hash is no secret and no defence: whoever may choose the key can choose the backend.
 *
 * Results are signed 32-bit integers, because V8 would put unsigned ones above 2^31 on the heap.
 */
const keySeed = 0;
const firstNameSeed = 0x9e37_79b9;
const secondNameSeed = 0x7f4a_7c15;

/** Signed 32 bits. What a table is asked for: where the request's key belongs. */
export function hashKeyText(key: string): number {
  return hashText(key, keySeed);
}

/** 64 bits of a backend's id. Of 32 bits, two of 1,000 backends would share one in 1 of 8,000 pools. */
export interface NameHash {
  readonly first: number;
  readonly second: number;
}

export function hashName(id: string): NameHash {
  return { first: hashText(id, firstNameSeed), second: hashText(id, secondNameSeed) };
}

/** Signed 32 bits: the hash of a backend, given by the two halves of its name's, together with `value`. */
export function mixName(first: number, second: number, value: number): number {
  return finish(finish(first ^ value) ^ second);
}

/**
 * Signed 32 bits of `text`, whose code units are bytes as they came over the wire. A unit above 0xff
 * counts with all its bits too, though such text has no published vectors. `seed` is 32 bits.
 */
export function hashText(text: string, seed: number): number {
  const { length } = text;
  const tail = length & ~3;
  let state = seed | 0;
  for (let at = 0; at < tail; at += 4) {
    const last = text.charCodeAt(at + 3);
    const block =
      text.charCodeAt(at) ^
      (text.charCodeAt(at + 1) << 8) ^
      (text.charCodeAt(at + 2) << 16) ^
      ((last << 24) | (last >>> 8));
    state ^= scramble(block);
    state = (Math.imul((state << 13) | (state >>> 19), 5) + 0xe654_6b64) | 0;
  }
  let block = 0;
  for (let at = tail; at < length; at++) block ^= text.charCodeAt(at) << (8 * (at - tail));
  return finish(state ^ scramble(block) ^ length);
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e_2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b87_3593);
}

/** fmix32: a change of any bit flips every bit with a chance of a half. One to one. */
function finish(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

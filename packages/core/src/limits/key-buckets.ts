/*
 * What the tables of keys have in common (rate-limit-table.ts says why it is like this): buckets of eight
 * 64-bit words, of which the first serialises insertions and seven are entries whose high 24 bits are the
 * fingerprint of a key, 0 = empty.
 */

export const entriesPerBucket = 7;
export const bucketWords = 8;
/** Before the first bucket. */
export const headerWords = 8;
/** At this average, one bucket in a hundred is full. */
const keysPerBucket = 3;

export const fingerprintMask = 0xff_ffff;
/** Bits of an entry that are not its fingerprint. */
export const payloadBits = 40n;
const ticketShift = 32n;
const ticketMask = 0xffff_ffffn;

/** Which half of a word is the one with the fingerprint; depends on the machine. */
export const highHalf: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

export function bucketsFor(maxKeys: number): number {
  return Math.ceil(maxKeys / keysPerBucket);
}

export function fingerprintOf(entry: bigint): number {
  return Number(entry >> payloadBits);
}

/** The word of the key's entry in the bucket at `bucket`, or -1. `halves` are those of all words. */
export function findEntry(
  halves: Int32Array<SharedArrayBuffer>,
  bucket: number,
  fingerprint: number,
): number {
  const end = bucket + entriesPerBucket;
  for (let at = bucket + 1; at <= end; at++) {
    if (Atomics.load(halves, at * 2 + highHalf) >>> 8 === fingerprint) return at;
  }
  return -1;
}

/** What the first word says once it holds the wish that a key be inserted at `place`. */
export function withWish(first: bigint, fingerprint: number, place: number): bigint {
  return first | BigInt(fingerprint * 2 ** 8 + place);
}

/** Of the key that is being inserted; 0 = none is. */
export function wishedFingerprint(first: bigint): number {
  return Number((first >> 8n) & BigInt(fingerprintMask));
}

export function wishedPlace(first: bigint): number {
  return Number(first & 0xffn);
}

/** What the first word says when its wish is done with: nothing, and another ticket. */
export function withoutWish(first: bigint): bigint {
  return (((first >> ticketShift) + 1n) & ticketMask) << ticketShift;
}

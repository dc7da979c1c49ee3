import { EvenkeelError } from "../errors.ts";
import {
  bucketWords,
  bucketsFor,
  entriesPerBucket,
  findEntry,
  fingerprintMask,
  fingerprintOf,
  headerWords,
  highHalf,
  payloadBits,
  wishedFingerprint,
  wishedPlace,
  withWish,
  withoutWish,
} from "./key-buckets.ts";
import { KeyHash } from "./key-hash.ts";

export interface ConcurrencyTableOptions {
  /** Of one key at a time; 1 to 65,535. */
  readonly limit: number;
  /** Keys in use at a time; about twice as many fit before the first one finds no place. */
  readonly maxKeys: number;
  /** Threads that share the table. */
  readonly workers: number;
}

/*
 * How many requests of each key are under way: buckets as in rate-limit-table.ts, with entries of
 *
 *   24 bits  fingerprint of the key; 0 = the entry is empty
 *   24 bits  version: one more with every request that is counted, whatever its key
 *   16 bits  requests under way
 *
 * One word, so the comparison with the limit and the count are one step, and no two workers let the last
 * one in. Only an entry that counts nobody may become another key's. The version tells a word that is as it
 * was from one that is so again: without it, a worker that was held up between reading and swapping
 * could insert a key a second time.
 *
 * Behind the buckets each worker has a column of its own with its part of every count. When a worker has
 * died, its parts are taken off. It notes a request there first and counts it then: dying in between makes
 * the count too low by one until it is 0 again, where the other order would make it too high for ever.
 */

const seedCell = 0; // In 32-bit cells: two.
const uncountedWord = 1;

const countMask = 0xffffn;
const versionShift = 16n;
const versionMask = 0xff_ffffn;
const largestLimit = 0xffff;

/** One limit's keys and how many requests of each are under way. One object per thread, all on one buffer. */
export class ConcurrencyTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigUint64Array<SharedArrayBuffer>;
  /** The same in halves, for looking without making a BigInt of every word. */
  readonly #halves: Int32Array<SharedArrayBuffer>;
  /** By worker and word. */
  readonly #parts: Uint16Array<SharedArrayBuffer>;
  readonly #firstPart: number;
  readonly #limit: number;
  readonly #buckets: number;
  readonly #hash: KeyHash;

  /** `acquire` found the limit reached. */
  static readonly full = -1;
  /** `acquire` found no place for another key: the request may pass and is not counted. */
  static readonly uncounted = -2;

  /** `buffer` comes from `allocate` with the same options; `worker` is the calling thread's column. */
  constructor(buffer: SharedArrayBuffer, options: ConcurrencyTableOptions, worker: number) {
    const words = wordsFor(options);
    if (buffer.byteLength !== bytesFor(options) || worker >= options.workers) {
      const detail = `${buffer.byteLength} bytes for worker ${worker} of ${options.workers}`;
      throw new EvenkeelError("EVENKEEL_CONCURRENCY_TABLE", detail);
    }
    this.buffer = buffer;
    this.#words = new BigUint64Array(buffer, 0, words);
    this.#halves = new Int32Array(buffer, 0, words * 2);
    this.#parts = new Uint16Array(buffer, words * 8);
    this.#firstPart = worker * words;
    this.#limit = options.limit;
    this.#buckets = bucketsFor(options.maxKeys);
    const [first = 0, second = 0] = new Int32Array(buffer, seedCell, 2);
    this.#hash = new KeyHash(first, second);
  }

  /** The seed's halves (32 bits) must be random and secret, or clients can choose keys that collide. */
  static allocate(
    options: ConcurrencyTableOptions,
    seed: readonly [number, number],
  ): SharedArrayBuffer {
    const { limit, maxKeys, workers } = options;
    const isWhole = [limit, maxKeys, workers].every((one) => Number.isSafeInteger(one) && one >= 1);
    if (!isWhole || limit > largestLimit) {
      const detail = `limit ${limit}, maxKeys ${maxKeys}, workers ${workers}`;
      throw new EvenkeelError("EVENKEEL_CONCURRENCY_TABLE", detail);
    }
    const buffer = new SharedArrayBuffer(bytesFor(options));
    new Int32Array(buffer).set(seed, seedCell);
    return buffer;
  }

  /** Requests that passed uncounted. */
  get uncounted(): number {
    return Number(Atomics.load(this.#words, uncountedWord));
  }

  /** Counts a request of the key. The answer is what `release` wants to have back, `full` or `uncounted`. */
  acquire(key: string): number {
    this.#locate(key);
    for (;;) {
      const at = this.#find();
      if (at === -1) {
        if (this.#insert()) continue;
        Atomics.add(this.#words, uncountedWord, 1n);
        return ConcurrencyTable.uncounted;
      }
      const decided = this.#count(at);
      if (decided !== null) return decided;
    }
  }

  /** Once for every request that was counted, in the thread that counted it. */
  release(place: number): void {
    if (place < 0) return;
    this.#subtract(place, 1);
    this.#parts[this.#firstPart + place] = this.#part(place) - 1;
  }

  /** Requests of the key that are under way. */
  underWay(key: string): number {
    this.#locate(key);
    const at = this.#find();
    return at === -1 ? 0 : countOf(Atomics.load(this.#words, at));
  }

  /** This thread's worker has died: its requests are over. To be called when it can no longer write. */
  clearWorker(): void {
    for (let at = headerWords; at < this.#words.length; at++) {
      const part = this.#part(at);
      if (part === 0) continue;
      this.#parts[this.#firstPart + at] = 0;
      this.#subtract(at, part);
    }
  }

  /** Word of the bucket's insertion, and what to look for behind it. */
  #bucket = 0;
  #fingerprint = 0;

  #locate(key: string): void {
    this.#hash.hash(key);
    const { low, high } = this.#hash;
    this.#bucket = headerWords + ((low >>> 0) % this.#buckets) * bucketWords;
    this.#fingerprint = high & fingerprintMask || 1;
  }

  #find(): number {
    return findEntry(this.#halves, this.#bucket, this.#fingerprint);
  }

  #part(at: number): number {
    return this.#parts[this.#firstPart + at] ?? 0;
  }

  /** null when the entry changed meanwhile: each time that happens another thread has got on. */
  #count(at: number): number | null {
    const word = Atomics.load(this.#words, at);
    if (fingerprintOf(word) !== this.#fingerprint) return null;
    if (countOf(word) >= this.#limit) return ConcurrencyTable.full;
    const part = this.#part(at);
    this.#parts[this.#firstPart + at] = part + 1;
    const counted = entryOf(this.#fingerprint, versionOf(word) + 1n, countOf(word) + 1);
    if (Atomics.compareExchange(this.#words, at, word, counted) === word) return at;
    this.#parts[this.#firstPart + at] = part;
    return null;
  }

  #subtract(at: number, requests: number): void {
    for (;;) {
      const word = Atomics.load(this.#words, at);
      const left = BigInt(Math.max(0, countOf(word) - requests));
      const less = (word & ~countMask) | left;
      if (Atomics.compareExchange(this.#words, at, word, less) === word) return;
    }
  }

  /** False when all entries of the bucket count somebody; else it is worth looking for the key again. */
  #insert(): boolean {
    const first = Atomics.load(this.#words, this.#bucket);
    if (wishedFingerprint(first) !== 0) {
      this.#carryOut(first);
      return true;
    }
    // Only what is read after the wish says that the key is not there.
    if (this.#find() !== -1) return true;
    const place = this.#unusedPlace();
    if (place === 0) return false;
    const mine = withWish(first, this.#fingerprint, place);
    if (Atomics.compareExchange(this.#words, this.#bucket, first, mine) === first) {
      this.#carryOut(mine);
    }
    return true;
  }

  /** A wish for a place that counts somebody by now is given up. */
  #carryOut(wish: bigint): void {
    const fingerprint = wishedFingerprint(wish);
    const at = this.#bucket + wishedPlace(wish);
    for (;;) {
      const word = Atomics.load(this.#words, at);
      // Carried out by another thread, and the place may have had yet another owner since.
      if (Atomics.load(this.#words, this.#bucket) !== wish) return;
      if (fingerprintOf(word) === fingerprint || countOf(word) > 0) break;
      const fresh = entryOf(fingerprint, versionOf(word), 0);
      if (Atomics.compareExchange(this.#words, at, word, fresh) === word) break;
    }
    Atomics.compareExchange(this.#words, this.#bucket, wish, withoutWish(wish));
  }

  /** 1 to 7, an empty one before one that a key has left; 0 = there is none. */
  #unusedPlace(): number {
    let left = 0;
    for (let place = 1; place <= entriesPerBucket; place++) {
      const at = (this.#bucket + place) * 2;
      if (Atomics.load(this.#halves, at + highHalf) >>> 8 === 0) return place;
      if ((Atomics.load(this.#halves, at + 1 - highHalf) & 0xffff) === 0) left ||= place;
    }
    return left;
  }
}

function wordsFor({ maxKeys }: ConcurrencyTableOptions): number {
  return headerWords + bucketsFor(maxKeys) * bucketWords;
}

function bytesFor(options: ConcurrencyTableOptions): number {
  const words = wordsFor(options);
  return words * 8 + words * options.workers * Uint16Array.BYTES_PER_ELEMENT;
}

function entryOf(fingerprint: number, version: bigint, count: number): bigint {
  const payload = ((version & versionMask) << versionShift) | BigInt(count);
  return (BigInt(fingerprint) << payloadBits) | payload;
}

function versionOf(word: bigint): bigint {
  return (word >> versionShift) & versionMask;
}

function countOf(word: bigint): number {
  return Number(word & countMask);
}

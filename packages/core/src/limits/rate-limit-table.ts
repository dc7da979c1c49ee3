import { EvenkeelError } from "../errors.ts";
import { Gcra, type RateSettings } from "./gcra.ts";
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

export interface RateLimitTableOptions extends RateSettings {
  /** Keys that are remembered; about twice as many fit before the first one is forgotten too early. */
  readonly maxKeys: number;
}

/*
 * Who has used how much of one limit: an open hash table in memory that all workers share.
 *
 * A key's home is one bucket: 64 bytes, a cache line, of eight 64-bit words. Seven are entries:
 *
 *   24 bits  fingerprint of the key; 0 = the entry is empty
 *   40 bits  its `tat` in ticks (gcra.ts), modulo 2^40: 3.4 years at up to 1,000 requests a second
 *            per key, 12 days at 100,000
 *
 * Being one word, an entry changes by one compare-and-swap, so no two workers give out one token, and
 * none can charge an entry that has just become another key's. A table that had the key in one word and
 * the time in another would need a lock for that.
 *
 * The eighth word serialises insertions, because two workers that insert one key into two places would
 * give it two bursts: ticket (32 bits), fingerprint that is being inserted (24 bits, 0 = none) and
 * its place (8 bits). To insert, a worker reads that word, sees that the key is in no entry, and swaps
 * in its wish; the ticket tells whether another insertion came in between. Whoever finds a wish carries
 * it out first, so a worker that was stopped, or has died, holds nobody up.
 *
 * Keys whose bucket and fingerprint agree share one allowance: with n buckets, a new key meets one of
 * the at most seven others in its bucket with a chance of 7 / 2^24, less than one in two million.
 */
const seedCell = 0; // In 32-bit cells: two.
const evictionsWord = 1;

const tatMask = (1n << payloadBits) - 1n;
const wrapTicks = 2 ** 40;

/** How far the clocks of threads that read them and were then held up may lie behind, in ms. */
const mostSkewMs = 10_000;
/** A new entry is as if last used this long ago; far more than the skew, far less than the wrap. */
const longAgoTicks = 2 ** 34;

/** One limit's keys and what each has left. One object per thread, all on one buffer. */
export class RateLimitTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigUint64Array<SharedArrayBuffer>;
  /** The same in halves, for looking without making a BigInt of every word. */
  readonly #halves: Int32Array<SharedArrayBuffer>;
  readonly #buckets: number;
  readonly #gcra: Gcra;
  readonly #hash: KeyHash;
  readonly #mostAhead: number;
  /** Of the last `take`: requests that are left at this moment. */
  remaining = 0;
  /** Of the last `take`: until there is one more; after one that was refused, until it is allowed. */
  waitMs = 0;

  /** `buffer` comes from `allocate` with the same options. */
  constructor(buffer: SharedArrayBuffer, options: RateLimitTableOptions) {
    const buckets = bucketsFor(options.maxKeys);
    if (buffer.byteLength !== bytesFor(buckets)) {
      throw new EvenkeelError("EVENKEEL_RATE_LIMIT_TABLE", `${buffer.byteLength} bytes`);
    }
    this.buffer = buffer;
    this.#words = new BigUint64Array(buffer);
    this.#halves = new Int32Array(buffer);
    this.#buckets = buckets;
    this.#gcra = new Gcra(options);
    const [first = 0, second = 0] = new Int32Array(buffer, seedCell, 2);
    this.#hash = new KeyHash(first, second);
    const { burstTicks } = this.#gcra;
    this.#mostAhead = burstTicks + this.#gcra.ticksAt(mostSkewMs);
    if (this.#mostAhead >= wrapTicks / 4) {
      const { burst, count, perMs } = options;
      const detail = `a burst of ${burst} at ${count} per ${perMs} ms takes too long to come back`;
      throw new EvenkeelError("EVENKEEL_RATE_LIMIT_TABLE", detail);
    }
  }

  /** The seed's halves (32 bits) must be random and secret, or clients can choose keys that collide. */
  static allocate(options: RateLimitTableOptions, seed: readonly [number, number]): RateLimitTable {
    const { maxKeys } = options;
    if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
      throw new EvenkeelError("EVENKEEL_RATE_LIMIT_TABLE", `maxKeys ${maxKeys}`);
    }
    const buffer = new SharedArrayBuffer(bytesFor(bucketsFor(maxKeys)));
    new Int32Array(buffer).set(seed, seedCell);
    return new RateLimitTable(buffer, options);
  }

  /** Keys that were forgotten although they had used something: each of them got that back. */
  get evictions(): number {
    return Number(Atomics.load(this.#words, evictionsWord));
  }

  /**
   * Charges the key one request; false when it has none left, and then nothing is charged. `nowMs` is
   * monotonic and the same clock in all threads.
   */
  take(key: string, nowMs: number): boolean {
    const now = this.#gcra.ticksAt(nowMs);
    this.#locate(key);
    for (;;) {
      const at = this.#find();
      if (at === -1) this.#insert(now);
      else {
        const decided = this.#charge(at, now);
        if (decided !== null) return decided;
      }
    }
  }

  /** What `take` would answer, with the same `remaining` and `waitMs`. Changes nothing. */
  peek(key: string, nowMs: number): boolean {
    const now = this.#gcra.ticksAt(nowMs);
    this.#locate(key);
    const at = this.#find();
    const word = at === -1 ? 0n : Atomics.load(this.#words, at);
    // Another key's by now is as good as none.
    const isOurs = fingerprintOf(word) === this.#fingerprint;
    const tat = isOurs ? this.#tatOf(word, now) : now - longAgoTicks;
    const next = this.#gcra.next(tat, now);
    return this.#note(tat, next, now);
  }

  /** Undoes a `take` that was allowed, for a request that another limit refused. */
  giveBack(key: string, nowMs: number): void {
    const now = this.#gcra.ticksAt(nowMs);
    this.#locate(key);
    for (;;) {
      const at = this.#find();
      if (at === -1) return;
      const word = Atomics.load(this.#words, at);
      if (fingerprintOf(word) !== this.#fingerprint) continue;
      const tat = this.#tatOf(word, now);
      const less = entryOf(this.#fingerprint, tat - this.#gcra.tokenTicks);
      if (Atomics.compareExchange(this.#words, at, word, less) === word) return;
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

  /** null when the entry changed meanwhile: each time that happens another thread has got on. */
  #charge(at: number, now: number): boolean | null {
    const gcra = this.#gcra;
    const word = Atomics.load(this.#words, at);
    if (fingerprintOf(word) !== this.#fingerprint) return null;
    const tat = this.#tatOf(word, now);
    const next = gcra.next(tat, now);
    const wait = gcra.wait(next, now);
    if (wait <= 0) {
      const charged = entryOf(this.#fingerprint, next);
      if (Atomics.compareExchange(this.#words, at, word, charged) !== word) return null;
    }
    return this.#note(tat, next, now);
  }

  /** Says what is left after a request with this `next`, and whether it was allowed. */
  #note(tat: number, next: number, now: number): boolean {
    const gcra = this.#gcra;
    const wait = gcra.wait(next, now);
    const stored = wait > 0 ? tat : next;
    this.remaining = gcra.remaining(stored, now);
    this.waitMs = gcra.milliseconds(wait > 0 ? wait : gcra.untilMore(stored, now));
    return wait <= 0;
  }

  #insert(now: number): void {
    const wish = Atomics.load(this.#words, this.#bucket);
    if (wishedFingerprint(wish) !== 0) {
      this.#carryOut(wish, now);
      return;
    }
    // Only what is read after the wish says that the key is not there.
    if (this.#find() !== -1) return;
    const place = this.#leastUseful(now);
    const mine = withWish(wish, this.#fingerprint, place);
    if (Atomics.compareExchange(this.#words, this.#bucket, wish, mine) === wish) {
      this.#carryOut(mine, now);
    }
  }

  #carryOut(wish: bigint, now: number): void {
    const fingerprint = wishedFingerprint(wish);
    const at = this.#bucket + wishedPlace(wish);
    for (;;) {
      const word = Atomics.load(this.#words, at);
      if (fingerprintOf(word) === fingerprint) break;
      // Carried out by another thread, and the place may have had yet another owner since.
      if (Atomics.load(this.#words, this.#bucket) !== wish) return;
      const fresh = entryOf(fingerprint, now - longAgoTicks);
      if (Atomics.compareExchange(this.#words, at, word, fresh) !== word) continue;
      if (word !== 0n && this.#tatOf(word, now) > now) Atomics.add(this.#words, evictionsWord, 1n);
      break;
    }
    Atomics.compareExchange(this.#words, this.#bucket, wish, withoutWish(wish));
  }

  /**
   * An empty entry, else the one with the earliest `tat`: one that is past has its whole burst and loses
   * nothing, and of the others it is the one that would have it again first.
   */
  #leastUseful(now: number): number {
    let least = 1;
    let earliest = Infinity;
    for (let place = 1; place <= entriesPerBucket; place++) {
      const at = (this.#bucket + place) * 2;
      const high = Atomics.load(this.#halves, at + highHalf);
      if (high >>> 8 === 0) return place;
      // Read in two halves it may be wrong now and then, which makes a worse choice and no other harm.
      const low = Atomics.load(this.#halves, at + 1 - highHalf) >>> 0;
      const tat = this.#unwrapped((high & 0xff) * 2 ** 32 + low, now);
      if (tat >= earliest) continue;
      earliest = tat;
      least = place;
    }
    return least;
  }

  #tatOf(word: bigint, now: number): number {
    return this.#unwrapped(Number(word & tatMask), now);
  }

  /**
   * What is further ahead than any key can be is from before the wrap, so long past. Only an entry that
   * nobody touched for just about a whole wrap is mistaken for a recent one.
   */
  #unwrapped(stored: number, now: number): number {
    const ahead = modulo(stored - now, wrapTicks);
    return now + (ahead > this.#mostAhead ? ahead - wrapTicks : ahead);
  }
}

function bytesFor(buckets: number): number {
  return (headerWords + buckets * bucketWords) * BigUint64Array.BYTES_PER_ELEMENT;
}

function entryOf(fingerprint: number, tat: number): bigint {
  return (BigInt(fingerprint) << payloadBits) | BigInt(modulo(tat, wrapTicks));
}

function modulo(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

import type { Exchange } from "../exchange.ts";

/** A request on the wire; `exchange` is null once its answer is unwanted and will be thrown away. */
interface Slot {
  exchange: Exchange | null;
  readonly isHead: boolean;
}

/** Requests that may share one connection at a time (security.md section 4, pipelining depth). */
const maxBatch = 16;

/** The requests of one connection in the order in which they are answered: usually one. */
export class RequestSlots {
  /** Kept apart from those behind it, because an array for one would be made anew every time. */
  #first: Exchange | null = null;
  #isFirstTaken = false;
  #isFirstHead = false;
  #followers: Slot[] = [];

  get count(): number {
    return this.#isFirstTaken ? 1 + this.#followers.length : 0;
  }

  get isFull(): boolean {
    return this.count >= maxBatch;
  }

  /** The one being answered, or null when nobody wants that answer. */
  get first(): Exchange | null {
    return this.#first;
  }

  get isFirstHead(): boolean {
    return this.#isFirstHead;
  }

  /** Somebody waits for an answer. */
  get isWanted(): boolean {
    return this.#first !== null || this.#followers.some(({ exchange }) => exchange !== null);
  }

  add(exchange: Exchange): void {
    const isHead = exchange.method === "HEAD";
    if (this.#isFirstTaken) this.#followers.push({ exchange, isHead });
    else this.#begin(exchange, isHead);
  }

  /** False when the exchange is not here. */
  disown(exchange: Exchange): boolean {
    if (exchange === this.#first) {
      this.#first = null;
      return true;
    }
    const slot = this.#followers.find((candidate) => candidate.exchange === exchange);
    if (slot === undefined) return false;
    slot.exchange = null;
    return true;
  }

  /** Disowns those behind the first that may go, and returns them. */
  disownFollowers(mayGo: (exchange: Exchange) => boolean): readonly Exchange[] {
    const gone: Exchange[] = [];
    for (const slot of this.#followers) {
      if (slot.exchange === null || !mayGo(slot.exchange)) continue;
      gone.push(slot.exchange);
      slot.exchange = null;
    }
    return gone;
  }

  /** Before anything is written: whoever left is simply not in the batch. */
  dropUnwanted(): void {
    if (this.#followers.length > 0) {
      this.#followers = this.#followers.filter(({ exchange }) => exchange !== null);
    }
    if (this.#first === null) this.shift();
  }

  /** What to write for all of them. */
  requests(): string | Buffer {
    const first = this.#first?.upstreamPrefix ?? "";
    if (this.#followers.length === 0) return first;
    const rest = this.#followers.map(({ exchange }) => exchange?.upstreamPrefix as string);
    return (first as string) + rest.join("");
  }

  /** The first is answered. */
  shift(): Exchange | null {
    const answered = this.#first;
    const next = this.#followers.length === 0 ? undefined : this.#followers.shift();
    if (next === undefined) {
      this.#first = null;
      this.#isFirstTaken = this.#isFirstHead = false;
    } else this.#begin(next.exchange, next.isHead);
    return answered;
  }

  /** Empties the list; the result is who still waits. */
  takeAll(): readonly Exchange[] {
    if (!this.#isFirstTaken) return nobody;
    const waiting = [this.#first, ...this.#followers.map(({ exchange }) => exchange)];
    this.#followers = [];
    this.shift();
    return waiting.filter((exchange) => exchange !== null);
  }

  #begin(exchange: Exchange | null, isHead: boolean): void {
    this.#first = exchange;
    this.#isFirstTaken = true;
    this.#isFirstHead = isHead;
  }
}

const nobody: readonly Exchange[] = [];

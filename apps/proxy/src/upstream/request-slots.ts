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
  #slots: Slot[] = [];

  get count(): number {
    return this.#slots.length;
  }

  get isFull(): boolean {
    return this.#slots.length >= maxBatch;
  }

  /** The one being answered, or null when nobody wants that answer. */
  get first(): Exchange | null {
    return this.#slots[0]?.exchange ?? null;
  }

  get isFirstHead(): boolean {
    return this.#slots[0]?.isHead ?? false;
  }

  /** Somebody waits for an answer. */
  get isWanted(): boolean {
    return this.#slots.some(({ exchange }) => exchange !== null);
  }

  add(exchange: Exchange): void {
    this.#slots.push({ exchange, isHead: exchange.method === "HEAD" });
  }

  /** False when the exchange is not here. */
  disown(exchange: Exchange): boolean {
    const slot = this.#slots.find((candidate) => candidate.exchange === exchange);
    if (slot === undefined) return false;
    slot.exchange = null;
    return true;
  }

  /** Disowns those behind the first that may go, and returns them. */
  disownFollowers(mayGo: (exchange: Exchange) => boolean): readonly Exchange[] {
    const gone: Exchange[] = [];
    for (const slot of this.#slots.slice(1)) {
      if (slot.exchange === null || !mayGo(slot.exchange)) continue;
      gone.push(slot.exchange);
      slot.exchange = null;
    }
    return gone;
  }

  /** Before anything is written: whoever left is simply not in the batch. */
  dropUnwanted(): void {
    if (!this.#slots.every(({ exchange }) => exchange !== null)) {
      this.#slots = this.#slots.filter(({ exchange }) => exchange !== null);
    }
  }

  /** What to write for all of them. */
  requests(): string | Buffer {
    if (this.#slots.length === 1) return this.first?.upstreamPrefix ?? "";
    return this.#slots.map(({ exchange }) => exchange?.upstreamPrefix as string).join("");
  }

  /** The first is answered. */
  shift(): Exchange | null {
    return this.#slots.shift()?.exchange ?? null;
  }

  /** Empties the list; the result is who still waits. */
  takeAll(): readonly Exchange[] {
    const slots = this.#slots;
    this.#slots = [];
    return slots.flatMap(({ exchange }) => (exchange === null ? [] : [exchange]));
  }
}

/** When a request's service starts and ends, in milliseconds of the caller's clock. */
export interface Turn {
  readonly startsAt: number;
  readonly endsAt: number;
}

/**
 * A server of `slots` that each serve one request at a time, with one queue in order of arrival: what
 * is served when, worked out at the arrival, so that no CPU is burnt and two backends on one core do
 * not slow each other down. A turn begins when its slot was *due* to be free, not when a late timer
 * noticed, so timers that fire a millisecond late cost latency but no capacity.
 *
 * Work that was taken is done even if its client leaves, as most servers do.
 */
export class Capacity {
  readonly slots: number;
  /** Requests that may wait; Infinity = any number. */
  readonly queue: number;
  /** When each slot is free again. */
  readonly #freeAt: number[];
  /** Starts of the turns that had to wait, in order; the past ones are dropped lazily. */
  #waiting: number[] = [];

  constructor(slots: number, queue: number) {
    this.slots = slots;
    this.queue = queue;
    this.#freeAt = Array.from({ length: slots }, () => -Infinity);
  }

  /** The turn of a request that arrives `now` and takes `workMs`; undefined when the queue is full. */
  take(now: number, workMs: number): Turn | undefined {
    const slot = this.#earliest();
    const startsAt = Math.max(now, this.#freeAt[slot] as number);
    if (startsAt > now && this.waitingAt(now) >= this.queue) return undefined;
    if (startsAt > now) this.#waiting.push(startsAt);
    const endsAt = startsAt + workMs;
    this.#freeAt[slot] = endsAt;
    return { startsAt, endsAt };
  }

  /** Requests whose service has not started. `now` never goes back. */
  waitingAt(now: number): number {
    const next = this.#waiting.findIndex((startsAt) => startsAt > now);
    this.#waiting = next === -1 ? [] : this.#waiting.slice(next);
    return this.#waiting.length;
  }

  /** Slots that are serving. */
  busyAt(now: number): number {
    return this.#freeAt.filter((freeAt) => freeAt > now).length;
  }

  #earliest(): number {
    let earliest = 0;
    for (let slot = 1; slot < this.slots; slot++) {
      if ((this.#freeAt[slot] as number) < (this.#freeAt[earliest] as number)) earliest = slot;
    }
    return earliest;
  }
}

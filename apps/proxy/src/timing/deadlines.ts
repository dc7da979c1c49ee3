/** Something that may wait too long. `deadlineAt` is a plain field, so moving a deadline is free. */
export interface Timed {
  /** Monotonic milliseconds; Infinity while nothing may time out. */
  deadlineAt: number;
  /** Owned by Deadlines: the tick at which it will look at this entry, 0 when it will not. */
  wakeAt: number;
  onDeadline(now: number): void;
}

const tickMs = 100;

/**
 * One coarse wheel per thread instead of a timer per connection: an entry sits in the slot of the
 * tick that should look at it; a deadline that moved later is only found out then. A deadline is
 * noticed at most two ticks (200 ms) late and never early.
 */
export class Deadlines {
  readonly #slots: Map<number, Timed[]> = new Map();
  readonly #clock: () => number;
  #tick: number;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#tick = Math.floor(clock() / tickMs);
  }

  /** Call whenever `deadlineAt` became earlier than it was, or finite. */
  watch(timed: Timed): void {
    const wakeAt = Math.max(Math.ceil(timed.deadlineAt / tickMs), this.#tick + 1);
    if (timed.wakeAt !== 0 && timed.wakeAt <= wakeAt) return;
    timed.wakeAt = wakeAt;
    const slot = this.#slots.get(wakeAt);
    if (slot === undefined) this.#slots.set(wakeAt, [timed]);
    else slot.push(timed);
  }

  /** Looks at everything due; the app calls it every `tickMs`. */
  advance(): void {
    const now = this.#clock();
    const tick = Math.floor(now / tickMs);
    while (this.#tick < tick) {
      this.#tick++;
      const due = this.#slots.get(this.#tick);
      if (due === undefined) continue;
      this.#slots.delete(this.#tick);
      for (const timed of due) this.#wake(timed, this.#tick, now);
    }
  }

  #wake(timed: Timed, tick: number, now: number): void {
    // It was moved to an earlier slot meanwhile; this entry is only its trace.
    if (timed.wakeAt !== tick) return;
    timed.wakeAt = 0;
    if (timed.deadlineAt <= now) timed.onDeadline(now);
    else if (timed.deadlineAt !== Infinity) this.watch(timed);
  }

  /** The interval at which `advance` should run. */
  static readonly tickMs: number = tickMs;
}

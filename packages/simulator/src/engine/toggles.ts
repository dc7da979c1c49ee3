import type { Random } from "@evenkeel/core";

/**
 * Something that is off for a random time, then on, then off again, for ever: a burst of load, a
 * neighbour that steals the processor. Times are exponential. Made as far as anyone has asked, from a
 * stream of its own, so it is the same whatever the strategies do.
 */
export class Toggles {
  readonly #random: Random;
  readonly #offMeanMs: number;
  readonly #onMeanMs: number;
  /** Alternately the end of an off period and the end of an on period. */
  readonly #changes: number[] = [];

  constructor(random: Random, offMeanMs: number, onMeanMs: number) {
    this.#random = random;
    this.#offMeanMs = offMeanMs;
    this.#onMeanMs = onMeanMs;
  }

  isOnAt(now: number): boolean {
    return this.#indexAt(now) % 2 === 1;
  }

  /** The first change after `now`. */
  changeAfter(now: number): number {
    return this.#changes[this.#indexAt(now)] as number;
  }

  /** How many changes there were up to and including `now`. */
  #indexAt(now: number): number {
    const changes = this.#changes;
    while ((changes.at(-1) ?? -Infinity) <= now) {
      const meanMs = changes.length % 2 === 0 ? this.#offMeanMs : this.#onMeanMs;
      changes.push((changes.at(-1) ?? 0) - Math.log(1 - this.#random()) * meanMs);
    }
    // Questions are nearly always about the newest few.
    let index = changes.length - 1;
    while (index > 0 && (changes[index - 1] as number) > now) index--;
    return index;
  }
}

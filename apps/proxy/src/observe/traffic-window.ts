import { type CountersShape, TrafficCounters } from "./traffic-counters.ts";

/** What was counted between two looks at the counters. */
interface Step {
  readonly endedAt: number;
  /** Cells that changed, and by how much. */
  readonly cells: readonly number[];
  readonly changes: number[];
}

/** Rates are over about this long. */
export const windowMs = 10_000;
export const stepMs = 1_000;
/** Looks that are closer together than this tell the same. */
const leastStepMs = 200;

/**
 * What the threads have counted in the last ten seconds, as counters of its own. The control plane looks at
 * theirs once a second and whenever somebody asks, so the threads do nothing for it. Only what
 * changed between two looks is kept: the memory it takes is one copy of the counters and the traffic's variety.
 */
export class TrafficWindow {
  /** What the window holds; changed in place by `advance`. */
  readonly counts: TrafficCounters;
  readonly #counters: readonly TrafficCounters[];
  readonly #held: Float64Array;
  /** The sum over the threads at the last look. */
  readonly #last: Float64Array;
  readonly #steps: Step[] = [];
  #startedAt: number;
  #endedAt: number;

  /** `now` is monotonic milliseconds, as for `advance`. What was counted before does not count. */
  constructor(shape: CountersShape, counters: readonly TrafficCounters[], now: number) {
    this.counts = TrafficCounters.allocate(shape);
    this.#counters = counters;
    this.#held = new Float64Array(this.counts.buffer);
    this.#last = new Float64Array(this.#held.length);
    this.#startedAt = this.#endedAt = now;
    this.#look();
    this.#held.fill(0);
  }

  /** How long it took to count what is in it; 0 before the first look. */
  get lengthMs(): number {
    return this.#endedAt - this.#startedAt;
  }

  /** How many per second a count of the window is. */
  perSecond(count: number): number {
    return this.lengthMs === 0 ? 0 : (count * 1_000) / this.lengthMs;
  }

  /** Takes in what was counted since, and lets go of what is too old. */
  advance(now: number): void {
    if (now - this.#endedAt < leastStepMs) return;
    this.#endedAt = now;
    this.#steps.push({ endedAt: now, ...this.#look() });
    // Half a step early rather than late: timers are never on the dot.
    for (;;) {
      const [oldest] = this.#steps;
      if (oldest === undefined || now - oldest.endedAt < windowMs - stepMs / 2) return;
      this.#steps.shift();
      this.#startedAt = oldest.endedAt;
      this.#add(oldest, -1);
    }
  }

  #look(): Pick<Step, "cells" | "changes"> {
    const threads = this.#counters.map(({ buffer }) => new Float64Array(buffer));
    const [cells, changes]: [number[], number[]] = [[], []];
    for (let cell = 0; cell < this.#last.length; cell++) {
      let sum = 0;
      for (const thread of threads) sum += thread[cell] as number;
      const last = this.#last[cell] as number;
      if (sum === last) continue;
      this.#last[cell] = sum;
      // The row was cleared for another backend: what the window has of the former one is not its.
      if (sum < last) this.#forget(cell);
      const change = sum < last ? sum : sum - last;
      if (change === 0) continue;
      this.#held[cell] = (this.#held[cell] as number) + change;
      cells.push(cell);
      changes.push(change);
    }
    return { cells, changes };
  }

  #forget(cell: number): void {
    for (const step of this.#steps) {
      const at = step.cells.indexOf(cell);
      if (at === -1) continue;
      this.#held[cell] = (this.#held[cell] as number) - (step.changes[at] as number);
      step.changes[at] = 0;
    }
  }

  #add({ cells, changes }: Step, sign: 1 | -1): void {
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index] as number;
      this.#held[cell] = (this.#held[cell] as number) + sign * (changes[index] as number);
    }
  }
}

import { type CellRange, type CountersShape, TrafficCounters } from "./traffic-counters.ts";

/** The rows that something is counted in; most of what the threads share is room for later. */
export interface UsedRows {
  readonly pools: readonly number[];
  readonly backends: readonly number[];
}

/** Cells that changed, and by how much. */
interface Changes {
  readonly cells: number[];
  readonly changes: number[];
}

/** What was counted in one part of the window, at one look or several. */
interface Step extends Changes {
  readonly startedAt: number;
  endedAt: number;
}

/** Rates are over about this long. */
export const windowMs = 10_000;
export const stepMs = 1_000;
/** Looks within this time are one step, so that asking often costs no memory. */
const shortestStepMs = 500;

/**
 * What the threads have counted in the last ten seconds, as counters of its own. The control plane looks at
 * theirs once a second and whenever somebody asks, so the threads do nothing for it. Only what
 * changed between two looks is kept: the memory it takes is two copies of the rows in use and the traffic's variety.
 */
export class TrafficWindow {
  /** What the window holds; changed in place by `advance`. */
  readonly counts: TrafficCounters;
  readonly #counters: readonly TrafficCounters[];
  readonly #used: () => UsedRows;
  readonly #held: Float64Array;
  /** The sum over the threads at the last look. */
  readonly #last: Float64Array;
  /** Starts of the rows that were looked at. */
  #known: ReadonlySet<number> = new Set();
  readonly #steps: Step[] = [];
  #sums: Float64Array = new Float64Array(0);
  #startedAt: number;
  #endedAt: number;

  /** `now` is monotonic milliseconds, as for `advance`. What was counted before does not count. */
  constructor(
    shape: CountersShape,
    counters: readonly TrafficCounters[],
    used: () => UsedRows,
    now: number,
  ) {
    this.counts = TrafficCounters.allocate(shape);
    this.#counters = counters;
    this.#used = used;
    this.#held = new Float64Array(this.counts.buffer);
    this.#last = new Float64Array(this.#held.length);
    this.#startedAt = this.#endedAt = now;
    this.#add(this.#look(), -1);
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
    if (now <= this.#endedAt) return;
    this.#take(this.#look(), now);
    this.#endedAt = now;
    // Half a step early rather than late: timers are never on the dot.
    for (;;) {
      const [oldest] = this.#steps;
      if (oldest === undefined || now - oldest.endedAt < windowMs - stepMs / 2) return;
      this.#steps.shift();
      this.#startedAt = oldest.endedAt;
      this.#add(oldest, -1);
    }
  }

  #take(found: Changes, now: number): void {
    const last = this.#steps.at(-1);
    if (last === undefined || last.endedAt - last.startedAt >= shortestStepMs) {
      this.#steps.push({ startedAt: this.#endedAt, endedAt: now, ...found });
      return;
    }
    last.endedAt = now;
    for (const cell of found.cells) last.cells.push(cell);
    for (const change of found.changes) last.changes.push(change);
  }

  #look(): Changes {
    const threads = this.#counters.map(({ buffer }) => new Float64Array(buffer));
    const found: Changes = { cells: [], changes: [] };
    const rows = this.#rows();
    for (const row of rows) {
      // Another pool or backend has it now, and began at 0.
      if (!this.#known.has(row.start)) this.#last.fill(0, row.start, row.end);
      this.#lookAt(row, threads, found);
    }
    this.#known = new Set(rows.map(({ start }) => start));
    return found;
  }

  #rows(): readonly CellRange[] {
    const { pools, backends } = this.#used();
    return [
      ...[...pools, null].map((row) => this.counts.poolCells(row)),
      ...backends.map((slot) => this.counts.backendCells(slot)),
    ];
  }

  #lookAt({ start, end }: CellRange, threads: readonly Float64Array[], found: Changes): void {
    const sums = this.#sumOf(start, end, threads);
    for (let cell = start; cell < end; cell++) {
      const sum = sums[cell - start] as number;
      const last = this.#last[cell] as number;
      if (sum === last) continue;
      this.#last[cell] = sum;
      // The row was cleared for another backend: what the window has of the former one is not its.
      if (sum < last) this.#forget(cell);
      const change = sum < last ? sum : sum - last;
      if (change === 0) continue;
      this.#held[cell] = (this.#held[cell] as number) + change;
      found.cells.push(cell);
      found.changes.push(change);
    }
  }

  /** Valid until the next call. One thread after the other: a row is one piece of memory in each. */
  #sumOf(start: number, end: number, threads: readonly Float64Array[]): Float64Array {
    const length = end - start;
    if (this.#sums.length < length) this.#sums = new Float64Array(length);
    const sums = this.#sums.fill(0, 0, length);
    for (const thread of threads) {
      for (let index = 0; index < length; index++) {
        sums[index] = (sums[index] as number) + (thread[start + index] as number);
      }
    }
    return sums;
  }

  #forget(cell: number): void {
    this.#held[cell] = 0;
    for (const { cells, changes } of this.#steps) {
      for (let at = 0; at < cells.length; at++) if (cells[at] === cell) changes[at] = 0;
    }
  }

  #add({ cells, changes }: Changes, sign: 1 | -1): void {
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index] as number;
      this.#held[cell] = (this.#held[cell] as number) + sign * (changes[index] as number);
    }
  }
}

/*
 * A run over time in a bounded number of rows. Rows begin as seconds; when there are too many, neighbours
 * become one and the rows twice as long, so that a run of a day has as many as one of minutes.
 */
import { SparseRecorder } from "../observation/sparse-histogram.ts";
import { type IntervalDelta, intervalMs } from "./load-delta.ts";

/** One row. */
export interface LoadRow {
  offered: number;
  achieved: number;
  failed: number;
  readonly outcomes: Map<string, number>;
  readonly backends: Map<string, number>;
  readonly latencyUs: SparseRecorder;
}

/** Rows of {@link LoadSeries.rowMs} each, from the start of the run. */
export class LoadSeries {
  readonly #mostRows: number;
  #rows: LoadRow[] = [];
  #intervalsPerRow = 1;

  /** `mostRows` is even. */
  constructor(mostRows: number) {
    this.#mostRows = mostRows;
  }

  /** Length of a row. */
  get rowMs(): number {
    return this.#intervalsPerRow * intervalMs;
  }

  /** The rows so far, empty ones included. */
  get rows(): readonly LoadRow[] {
    return this.#rows;
  }

  /** Adds what a worker saw in one interval. */
  add(interval: IntervalDelta): void {
    while (Math.floor(interval.index / this.#intervalsPerRow) >= this.#mostRows) this.#halve();
    const index = Math.floor(interval.index / this.#intervalsPerRow);
    while (this.#rows.length <= index) this.#rows.push(emptyRow());
    addTo(this.#rows[index] as LoadRow, interval);
  }

  #halve(): void {
    this.#intervalsPerRow *= 2;
    const halved: LoadRow[] = [];
    this.#rows.forEach((row, index) => {
      const earlier = halved[Math.floor(index / 2)];
      if (earlier === undefined) halved.push(row);
      else addTo(earlier, row);
    });
    this.#rows = halved;
  }
}

function emptyRow(): LoadRow {
  return {
    offered: 0,
    achieved: 0,
    failed: 0,
    outcomes: new Map(),
    backends: new Map(),
    latencyUs: new SparseRecorder(),
  };
}

function addTo(row: LoadRow, more: Omit<IntervalDelta, "index">): void {
  row.offered += more.offered;
  row.achieved += more.achieved;
  row.failed += more.failed;
  addCounts(row.outcomes, more.outcomes);
  addCounts(row.backends, more.backends);
  row.latencyUs.add(more.latencyUs);
}

/** Adds `more` to `counts`. */
export function addCounts<Key>(counts: Map<Key, number>, more: ReadonlyMap<Key, number>): void {
  for (const [key, count] of more) counts.set(key, (counts.get(key) ?? 0) + count);
}

import { EvenkeelError } from "./errors.ts";

/** How many rows and columns a Scoreboard has; fixed for its life. */
export interface ScoreboardShape {
  /** Threads that serve requests, 1 or more. */
  readonly workers: number;
  readonly pools: number;
  /** Slots, over all pools. */
  readonly backends: number;
}

/*
 * The layout, in 32-bit cells:
 *
 *   header      magic, layout version, workers, pools, backends, ready version
 *   sequences   one cell per pool, each at the start of 64 bytes
 *   ready       one cell per slot: 0 no requests, 1 requests, 2 trial requests only, 3 down,
 *               4 requests of clients that belong to it only
 *   trials      one cell per slot: trial requests that may still be sent
 *   held back   one cell per slot: thousandths of its share that a backend in slow start does not get yet
 *   in a row    one cell per slot: failures since the last success, over all workers
 *   latency     one cell per slot: the bits of a 32-bit float, milliseconds, 0 = nothing measured
 *   measured    one cell per slot: when that was, in milliseconds of the shared clock, modulo 2^32
 *   tried       one cell per slot: when an attempt last began or was measured, likewise; 0 = never
 *   in flight   one column per worker, one cell per slot
 *   successes   likewise; only ever counts up
 *   failures    likewise
 *   clients     one cell per worker, each at the start of 64 bytes
 *   windows     per worker and pool a ring of seconds: which one, requests, retries, hedges
 *   waiting     one column per worker, one cell per pool: requests that wait for room at a backend
 *   wakes       likewise: how often the worker was told that there is room; others write it, too
 *
 * A cell that one thread writes while others read their own must not share a cache line with theirs.
 * V8 does not promise that a buffer starts on a line, so rounding up to whole lines is not enough:
 * each block ends with a spare one.
 */
export const lineCells: number = 16;
const magic = 0x4556_4b4c; // "EVKL"
const layoutVersion = 6;

const magicCell = 0;
const layoutVersionCell = 1;
const workersCell = 2;
const poolsCell = 3;
const backendsCell = 4;
export const readyVersionCell: number = 5;
export const headerCells: number = 2 * lineCells;

function blockCells(cells: number): number {
  return (Math.ceil(cells / lineCells) + 1) * lineCells;
}

/** Columns that all workers share: ready, trials, held back, in a row, latency, measured, tried. */
const sharedColumns = 7;
/** In flight, successes, failures. */
const workerColumns = 3;
/** Waiting, wakes. */
const queueColumns = 2;

/** Seconds that a ring holds: the ten that count, the current one, and some that a slow reader may still read. */
export const ringSeconds: number = 16;
export const countedSeconds: number = 10;
export const ringCells: number = ringSeconds * 4;

/** What is counted per pool and second. */
export type WindowCount = "requests" | "retries" | "hedges";
export const windowOffsets: Readonly<Record<WindowCount, number>> = {
  requests: 1,
  retries: 2,
  hedges: 3,
};

export function windowCells(pools: number): number {
  return pools * ringCells + lineCells;
}

export function totalCells({ workers, pools, backends }: ScoreboardShape): number {
  const perWorker =
    workerColumns * blockCells(backends) +
    lineCells +
    windowCells(pools) +
    queueColumns * blockCells(pools);
  const shared = sharedColumns * blockCells(backends);
  return headerCells + pools * lineCells + shared + workers * perWorker;
}

export function isCount(value: number, min: number): boolean {
  return Number.isSafeInteger(value) && value >= min;
}

export function requireShape({ workers, pools, backends }: ScoreboardShape): void {
  if (isCount(workers, 1) && isCount(pools, 0) && isCount(backends, 0)) return;
  throw new EvenkeelError(
    "EVENKEEL_SCOREBOARD_SHAPE",
    `workers ${workers}, pools ${pools}, backends ${backends}`,
  );
}

export function storedShape(buffer: SharedArrayBuffer): ScoreboardShape {
  if (buffer.byteLength < headerCells * Int32Array.BYTES_PER_ELEMENT) {
    throw new EvenkeelError("EVENKEEL_SCOREBOARD_LAYOUT", `only ${buffer.byteLength} bytes`);
  }
  const header = new Int32Array(buffer, 0, headerCells);
  if (header[magicCell] !== magic || header[layoutVersionCell] !== layoutVersion) {
    const found = `magic ${header[magicCell]}, version ${header[layoutVersionCell]}`;
    throw new EvenkeelError("EVENKEEL_SCOREBOARD_LAYOUT", found);
  }
  return {
    workers: header[workersCell] ?? 0,
    pools: header[poolsCell] ?? 0,
    backends: header[backendsCell] ?? 0,
  };
}

/** A new buffer with the header of this shape and zeros. */
export function allocateCells({ workers, pools, backends }: ScoreboardShape): SharedArrayBuffer {
  const cells = totalCells({ workers, pools, backends });
  const buffer = new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(buffer).set([magic, layoutVersion, workers, pools, backends]);
  return buffer;
}

/** Where each block begins, in cells. */
export interface ScoreboardLayout {
  /** Of one column. */
  readonly columnCells: number;
  readonly ready: number;
  readonly trials: number;
  readonly heldBack: number;
  readonly inARow: number;
  readonly latency: number;
  readonly measured: number;
  readonly tried: number;
  readonly inFlight: number;
  readonly successes: number;
  readonly failures: number;
  readonly clients: number;
  readonly windows: number;
  /** Of one column with a cell per pool. */
  readonly poolColumnCells: number;
  readonly waiting: number;
  readonly wakes: number;
}

export function layoutOf({ workers, pools, backends }: ScoreboardShape): ScoreboardLayout {
  const columnCells = blockCells(backends);
  const poolColumnCells = blockCells(pools);
  let next = headerCells + pools * lineCells;
  const take = (cells: number): number => {
    const start = next;
    next += cells;
    return start;
  };
  return {
    columnCells,
    ready: take(columnCells),
    trials: take(columnCells),
    heldBack: take(columnCells),
    inARow: take(columnCells),
    latency: take(columnCells),
    measured: take(columnCells),
    tried: take(columnCells),
    inFlight: take(workers * columnCells),
    successes: take(workers * columnCells),
    failures: take(workers * columnCells),
    clients: take(workers * lineCells),
    windows: take(workers * windowCells(pools)),
    poolColumnCells,
    waiting: take(workers * poolColumnCells),
    wakes: take(workers * poolColumnCells),
  };
}

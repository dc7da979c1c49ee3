import { EvenkeelError } from "./errors.ts";
import {
  allocateCells,
  countedSeconds,
  headerCells,
  isCount,
  layoutOf,
  lineCells,
  readyVersionCell,
  requireShape,
  ringCells,
  ringSeconds,
  type ScoreboardLayout,
  type ScoreboardShape,
  storedShape,
  totalCells,
  windowCells,
  type WindowCount,
  windowOffsets,
} from "./scoreboard-layout.ts";

const permissionCells = { none: 0, full: 1, trial: 2, down: 3, bound: 4 } as const;

/**
 * `none`: no new requests. `trial`: as many as `takeTrial` grants. `down`: no new requests, and who still
 * waits there for an answer had better ask elsewhere. `bound`: it drains, and only clients that belong to it
 * may come.
 */
export type SlotPermission = keyof typeof permissionCells;

/** A clock read by another thread a moment later may be ahead of ours by less than this. */
const clockSlackMs = 60_000;

const longestAgeMs = 2 ** 31 - 1;

/** Milliseconds of the clock as a cell keeps them: modulo 2^32, from -2^31. */
function moment(now: number): number {
  return now | 0;
}

/**
 * Since `cell` was stored: 0 to 2^31 - 1, which stands for more, too; starts over after 49 days. Always a
 * small integer, which costs no heap where the call is not inlined.
 */
function ageMs(cell: number, now: number): number {
  const age = (moment(now) - cell) | 0;
  if (age >= 0) return age;
  return age > -clockSlackMs ? 0 : longestAgeMs;
}

// How a float gets into a cell whole: Atomics takes integers only.
const floats = new Float32Array(1);
const floatBits = new Int32Array(floats.buffer);

/**
 * What all threads know about all backends, in one SharedArrayBuffer. Each cell has one writer, so
 * counts are exact without locks. The exceptions: sequences, which only ever count up, and latency
 * estimates, of which the last one stored counts.
 *
 * Methods of the request path check no index: `Balancer` checks them once, when it is built. What a
 * scan reads of every backend, it reads plainly: a 32-bit integer cell is whole without Atomics too
 * (ECMA-262, memory model, tear-free), no decision here needs the order of two cells, and Atomics.load is
 * a call that makes a scan of 100 backends twice as long.
 */
export class Scoreboard {
  readonly buffer: SharedArrayBuffer;
  readonly shape: ScoreboardShape;
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #layout: ScoreboardLayout;

  private constructor(buffer: SharedArrayBuffer, shape: ScoreboardShape) {
    this.buffer = buffer;
    this.shape = shape;
    this.#cells = new Int32Array(buffer);
    this.#layout = layoutOf(shape);
  }

  /** A new one: sequences at 0, nothing in flight, no backend ready. */
  static allocate(shape: ScoreboardShape): Scoreboard {
    requireShape(shape);
    const { workers, pools, backends } = shape;
    return new Scoreboard(allocateCells(shape), { workers, pools, backends });
  }

  /** Another thread's view of `buffer`. Throws EvenkeelError if it is none of ours. */
  static attach(buffer: SharedArrayBuffer): Scoreboard {
    const shape = storedShape(buffer);
    const expected = totalCells(shape) * Int32Array.BYTES_PER_ELEMENT;
    if (buffer.byteLength !== expected) {
      const found = `${buffer.byteLength} bytes, its header says ${expected}`;
      throw new EvenkeelError("EVENKEEL_SCOREBOARD_LAYOUT", found);
    }
    return new Scoreboard(buffer, shape);
  }

  /** One apart, that says what this one says now: for finding out what would happen. */
  copy(): Scoreboard {
    const copy = Scoreboard.allocate(this.shape);
    copy.#cells.set(this.#cells);
    return copy;
  }

  /**
   * Takes back what acquiring in `pool` as worker 0 has changed at these slots since this was copied from
   * `other`. Not for one that other threads use.
   */
  restore(other: Scoreboard, pool: number, slots: readonly number[]): void {
    this.startSequence(pool, other.sequence(pool));
    const { latency, measured, tried, trials } = this.#layout;
    for (const slot of slots) {
      this.#take(other, this.#inFlightCell(0, slot));
      this.#take(other, latency + slot);
      this.#take(other, measured + slot);
      this.#take(other, tried + slot);
      this.#take(other, trials + slot);
    }
  }

  #take(other: Scoreboard, cell: number): void {
    this.#cells[cell] = other.#cells[cell] as number;
  }

  /** Draws the pool's next sequence number, 0 to 2^32 - 1, then 0 again. No two draws get the same turn. */
  nextSequence(pool: number): number {
    return Atomics.add(this.#cells, headerCells + pool * lineCells, 1) >>> 0;
  }

  /** What `nextSequence` would draw. */
  sequence(pool: number): number {
    return Atomics.load(this.#cells, headerCells + pool * lineCells) >>> 0;
  }

  /**
   * Starts the pool's sequence anywhere, so that several balancers that were started together do not
   * send their first requests to the same backend. `position` is 0 to 2^32 - 1; before any draw.
   */
  startSequence(pool: number, position: number): void {
    this.#requireIndex("pool", pool, this.shape.pools);
    Atomics.store(this.#cells, headerCells + pool * lineCells, position | 0);
  }

  /** An attempt begins. Only `worker` itself may call it. */
  started(worker: number, slot: number): void {
    Atomics.add(this.#cells, this.#inFlightCell(worker, slot), 1);
  }

  /** An attempt ended, once per `started`. Only `worker` itself may call it. */
  ended(worker: number, slot: number): void {
    Atomics.sub(this.#cells, this.#inFlightCell(worker, slot), 1);
  }

  /** Attempts on this backend that have not ended, over all workers; costs one load per worker. */
  inFlight(slot: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.shape.workers; worker++) {
      sum += this.#cells[this.#inFlightCell(worker, slot)] as number;
    }
    return sum;
  }

  /** The same in the one order that all threads agree on: sees every attempt that was counted before. */
  inFlightNow(slot: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.shape.workers; worker++) {
      sum += Atomics.load(this.#cells, this.#inFlightCell(worker, slot));
    }
    return sum;
  }

  /** Attempts that have not ended, on all backends, those that have just been removed among them. */
  get inFlightInAll(): number {
    let sum = 0;
    for (let slot = 0; slot < this.shape.backends; slot++) sum += this.inFlight(slot);
    return sum;
  }

  /** Those of `worker` alone. */
  inFlightOf(worker: number, slot: number): number {
    return this.#cells[this.#inFlightCell(worker, slot)] as number;
  }

  /** How many requests wait in `worker` for room in `pool`. Only `worker` itself may call it. */
  setWaiting(worker: number, pool: number, count: number): void {
    Atomics.store(this.#cells, this.#waitingCell(worker, pool), count);
  }

  waitingIn(worker: number, pool: number): number {
    return Atomics.load(this.#cells, this.#waitingCell(worker, pool));
  }

  /** Tells a worker that it is its turn to take what is free in `pool`. */
  wake(worker: number, pool: number): void {
    const cell = this.#wakeCell(worker, pool);
    Atomics.add(this.#cells, cell, 1);
    Atomics.notify(this.#cells, cell);
  }

  /** Resolves at the next `wake` for this worker and pool. */
  async untilWoken(worker: number, pool: number): Promise<void> {
    const cell = this.#wakeCell(worker, pool);
    await Atomics.waitAsync(this.#cells, cell, Atomics.load(this.#cells, cell)).value;
  }

  /** An attempt of `worker` went well. Only `worker` itself may call it. */
  succeeded(worker: number, slot: number): void {
    const cell = this.#layout.successes + worker * this.#layout.columnCells + slot;
    this.#cells[cell] = ((this.#cells[cell] as number) + 1) | 0;
    // Read first: all workers would keep taking the line from each other.
    if (this.#cells[this.#layout.inARow + slot] !== 0) {
      Atomics.store(this.#cells, this.#layout.inARow + slot, 0);
    }
  }

  /** An attempt of `worker` failed. The answer is how many did in a row, over all workers. */
  failed(worker: number, slot: number): number {
    const cell = this.#layout.failures + worker * this.#layout.columnCells + slot;
    this.#cells[cell] = ((this.#cells[cell] as number) + 1) | 0;
    return Atomics.add(this.#cells, this.#layout.inARow + slot, 1) + 1;
  }

  /** Over all workers since the start, modulo 2^32: differences are what to look at. */
  outcomes(slot: number): { readonly successes: number; readonly failures: number } {
    let [successes, failures] = [0, 0];
    for (let worker = 0; worker < this.shape.workers; worker++) {
      const place = worker * this.#layout.columnCells + slot;
      successes += this.#cells[this.#layout.successes + place] as number;
      failures += this.#cells[this.#layout.failures + place] as number;
    }
    return { successes: successes >>> 0, failures: failures >>> 0 };
  }

  /** What was counted in a row is answered for: counting begins anew. */
  clearFailuresInRow(slot: number): void {
    this.#requireIndex("slot", slot, this.shape.backends);
    Atomics.store(this.#cells, this.#layout.inARow + slot, 0);
  }

  /** Control plane only: so many trial requests may be sent from now on. */
  setTrials(slot: number, count: number): void {
    this.#requireIndex("slot", slot, this.shape.backends);
    Atomics.store(this.#cells, this.#layout.trials + slot, count);
  }

  /** One of them is ours; false when there is none. */
  takeTrial(slot: number): boolean {
    const cell = this.#layout.trials + slot;
    let left = Atomics.load(this.#cells, cell);
    while (left > 0) {
      const seen = Atomics.compareExchange(this.#cells, cell, left, left - 1);
      if (seen === left) return true;
      left = seen;
    }
    return false;
  }

  /** The trial told nothing; another request may be it. */
  giveTrialBack(slot: number): void {
    Atomics.add(this.#cells, this.#layout.trials + slot, 1);
  }

  /** Control plane only. `share` is what of its traffic the backend may have: 1 = all. */
  setShare(slot: number, share: number): void {
    this.#requireIndex("slot", slot, this.shape.backends);
    const heldBack = Math.round((1 - Math.min(1, Math.max(0, share))) * 1000);
    Atomics.store(this.#cells, this.#layout.heldBack + slot, heldBack);
  }

  /** Whether it gets less than its share. */
  isHeldBack(slot: number): boolean {
    return this.#cells[this.#layout.heldBack + slot] !== 0;
  }

  /** 0 to 1, in thousandths. */
  share(slot: number): number {
    return 1 - (this.#cells[this.#layout.heldBack + slot] as number) / 1000;
  }

  /** Counts one in the current second of `worker`'s ring. `now` is monotonic milliseconds. Only `worker` itself may call it. */
  count(worker: number, pool: number, what: WindowCount, now: number): void {
    const second = Math.floor(now / 1000) | 0;
    const entry = this.#ringStart(worker, pool) + (second % ringSeconds) * 4;
    if (this.#cells[entry] !== second) {
      this.#cells.fill(0, entry + 1, entry + 4);
      this.#cells[entry] = second;
    }
    const cell = entry + windowOffsets[what];
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** How many were counted in the current second and the ten before it, over all workers. */
  counted(pool: number, what: WindowCount, now: number): number {
    const second = Math.floor(now / 1000) | 0;
    let sum = 0;
    for (let worker = 0; worker < this.shape.workers; worker++) {
      const start = this.#ringStart(worker, pool);
      for (let entry = start; entry < start + ringCells; entry += 4) {
        const age = second - (this.#cells[entry] as number);
        if (age >= 0 && age <= countedSeconds) {
          sum += this.#cells[entry + windowOffsets[what]] as number;
        }
      }
    }
    return sum;
  }

  /** The estimate in milliseconds; 0 = nothing was measured. */
  latencyMs(slot: number): number {
    floatBits[0] = this.#cells[this.#layout.latency + slot] as number;
    return floats[0] as number;
  }

  /** `latencyMs` into a place of `values`: a fraction that a call returns costs heap, unless inlined. */
  readLatency(slot: number, values: Float64Array, index: number): void {
    floatBits[0] = this.#cells[this.#layout.latency + slot] as number;
    values[index] = floats[0] as number;
  }

  /** Milliseconds since the estimate was stored; meaningless when there is none. */
  latencyAgeMs(slot: number, now: number): number {
    return ageMs(this.#cells[this.#layout.measured + slot] as number, now);
  }

  /** Any worker may store one, above 0; the last one counts. Counts as a try of this moment too. */
  setLatency(slot: number, milliseconds: number, now: number): void {
    floats[0] = milliseconds;
    const bits = floatBits[0] as number;
    Atomics.store(this.#cells, this.#layout.measured + slot, moment(now));
    Atomics.store(this.#cells, this.#layout.latency + slot, bits);
    this.setTried(slot, now);
  }

  /** Milliseconds since the last try; 2^31 - 1 = never, or weeks ago. */
  triedAgeMs(slot: number, now: number): number {
    const cell = this.#cells[this.#layout.tried + slot] as number;
    return cell === 0 ? longestAgeMs : ageMs(cell, now);
  }

  /** An attempt begins, or was measured. */
  setTried(slot: number, now: number): void {
    const cell = this.#layout.tried + slot;
    // 0 says never: the one moment in 49 days that would be 0 is taken for the next.
    const tried = moment(now) || 1;
    // All workers write here: at most once a millisecond, or they would keep taking the line from each other.
    if (this.#cells[cell] !== tried) Atomics.store(this.#cells, cell, tried);
  }

  /** Before a slot is given to another backend: nothing that was measured belongs to that one. */
  clearLatency(slot: number): void {
    this.#requireIndex("slot", slot, this.shape.backends);
    Atomics.store(this.#cells, this.#layout.latency + slot, 0);
    Atomics.store(this.#cells, this.#layout.tried + slot, 0);
  }

  /**
   * Control plane only, before a slot is given to another backend; the former one has nothing in flight.
   * What counts up goes on: who looks at differences begins anew.
   */
  clearSlot(slot: number): void {
    this.setPermission(slot, "none");
    this.setTrials(slot, 0);
    this.setShare(slot, 1);
    this.clearFailuresInRow(slot);
    this.clearLatency(slot);
  }

  /** A client connected to `worker`; the answer counts it, over all workers. */
  clientConnected(worker: number): number {
    Atomics.add(this.#cells, this.#clientsCell(worker), 1);
    return this.clients;
  }

  clientLeft(worker: number): void {
    Atomics.sub(this.#cells, this.#clientsCell(worker), 1);
  }

  /** Client connections at this moment, over all workers. */
  get clients(): number {
    let sum = 0;
    for (let worker = 0; worker < this.shape.workers; worker++) {
      sum += Atomics.load(this.#cells, this.#clientsCell(worker));
    }
    return sum;
  }

  /** Forgets a crashed worker's attempts and who waited in it. Call it after the thread exited and before its successor starts. */
  clearWorker(worker: number): void {
    this.#requireIndex("worker", worker, this.shape.workers);
    for (let slot = 0; slot < this.shape.backends; slot++) {
      Atomics.store(this.#cells, this.#inFlightCell(worker, slot), 0);
    }
    for (let pool = 0; pool < this.shape.pools; pool++) this.setWaiting(worker, pool, 0);
    Atomics.store(this.#cells, this.#clientsCell(worker), 0);
  }

  /** `setPermission` without trials. */
  setReady(slot: number, ready: boolean): void {
    this.setPermission(slot, ready ? "full" : "none");
  }

  /** Control plane only. No change leaves `readyVersion` alone. */
  setPermission(slot: number, permission: SlotPermission): void {
    this.#requireIndex("slot", slot, this.shape.backends);
    const value = permissionCells[permission];
    // Version last: who sees the new version also sees the new cell.
    if (Atomics.exchange(this.#cells, this.#layout.ready + slot, value) !== value) {
      Atomics.add(this.#cells, readyVersionCell, 1);
    }
  }

  isReady(slot: number): boolean {
    return Atomics.load(this.#cells, this.#layout.ready + slot) === permissionCells.full;
  }

  /** Clients that belong to it may be sent there. */
  servesBound(slot: number): boolean {
    const value = Atomics.load(this.#cells, this.#layout.ready + slot);
    return value === permissionCells.full || value === permissionCells.bound;
  }

  isDown(slot: number): boolean {
    return Atomics.load(this.#cells, this.#layout.ready + slot) === permissionCells.down;
  }

  /** Trial requests only, as long as `takeTrial` grants them. */
  isOnTrial(slot: number): boolean {
    return Atomics.load(this.#cells, this.#layout.ready + slot) === permissionCells.trial;
  }

  /** Differs from before whenever a backend became ready or unready. Compare for equality: it wraps. */
  get readyVersion(): number {
    return Atomics.load(this.#cells, readyVersionCell);
  }

  #ringStart(worker: number, pool: number): number {
    return this.#layout.windows + worker * windowCells(this.shape.pools) + pool * ringCells;
  }

  #clientsCell(worker: number): number {
    return this.#layout.clients + worker * lineCells;
  }

  #waitingCell(worker: number, pool: number): number {
    return this.#layout.waiting + worker * this.#layout.poolColumnCells + pool;
  }

  #wakeCell(worker: number, pool: number): number {
    return this.#layout.wakes + worker * this.#layout.poolColumnCells + pool;
  }

  #inFlightCell(worker: number, slot: number): number {
    return this.#layout.inFlight + worker * this.#layout.columnCells + slot;
  }

  #requireIndex(what: string, index: number, count: number): void {
    if (isCount(index, 0) && index < count) return;
    throw new EvenkeelError("EVENKEEL_OUT_OF_RANGE", `${what} ${index} of ${count}`);
  }
}

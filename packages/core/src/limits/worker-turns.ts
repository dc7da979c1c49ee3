import type { Backend } from "../backend.ts";
import type { Pool } from "../pool.ts";
import type { Random } from "../runtime.ts";
import type { Scoreboard } from "../scoreboard.ts";

/**
 * Whose turn it is when room becomes free in a pool for which requests wait in several workers. Left to
 * themselves, the one that got there first would keep everything: what its requests leave, it sees first.
 *
 * Each worker should have as large a part of what is in flight as of what waits, and the next place goes to
 * one that has less, by chance in proportion to what it lacks; so one place is shared fairly, too.
 */
export class WorkerTurns {
  readonly #scoreboard: Scoreboard;
  readonly #random: Random;
  /** By worker, what it lacks. */
  readonly #lacks: Float64Array;

  constructor(scoreboard: Scoreboard, random: Random) {
    this.#scoreboard = scoreboard;
    this.#random = random;
    this.#lacks = new Float64Array(scoreboard.shape.workers);
  }

  /** A worker in which requests wait for `pool`; -1 when there is none. */
  next(pool: Pool): number {
    const { workers } = this.#scoreboard.shape;
    let waiting = 0;
    let only = -1;
    for (let worker = 0; worker < workers; worker++) {
      const count = this.#scoreboard.waitingIn(worker, pool.index);
      if (count === 0) continue;
      only = waiting === 0 ? worker : -1;
      waiting += count;
    }
    return waiting === 0 || only >= 0 ? only : this.#draw(pool, waiting);
  }

  #draw(pool: Pool, waiting: number): number {
    let left = this.#random() * this.#measure(pool, waiting);
    let chosen = -1;
    for (let worker = 0; worker < this.#lacks.length; worker++) {
      const lack = this.#lacks[worker] as number;
      if (lack <= 0) continue;
      chosen = worker;
      left -= lack;
      if (left < 0) break;
    }
    return chosen;
  }

  /** Fills in what each worker lacks; returns the sum, which is 1 or more. */
  #measure({ index: pool, members }: Pool, waiting: number): number {
    let inFlight = 1;
    for (const { slot } of members) inFlight += this.#scoreboard.inFlight(slot);
    let sum = 0;
    for (let worker = 0; worker < this.#lacks.length; worker++) {
      const part = this.#scoreboard.waitingIn(worker, pool) / waiting;
      const lack = Math.max(0, part * inFlight - this.#inFlightOf(worker, members));
      this.#lacks[worker] = lack;
      sum += lack;
    }
    return sum;
  }

  #inFlightOf(worker: number, members: readonly Backend[]): number {
    let sum = 0;
    for (const { slot } of members) sum += this.#scoreboard.inFlightOf(worker, slot);
    return sum;
  }
}

import type { Scoreboard } from "../scoreboard.ts";

/** Of the Scoreboard's window: the ten seconds before the current one count in full, that one so far. */
const windowSeconds = 10;

export interface RetryBudgetOptions {
  readonly scoreboard: Scoreboard;
  /** The calling thread's column. */
  readonly worker: number;
  /** The pool's row. */
  readonly pool: number;
  /** Retries as a share of the requests of the window, 0 to 1; null = as many as like. */
  readonly budget: number | null;
  /** Retries a second that are allowed besides, over all workers, so that little traffic can be retried. */
  readonly minRetriesPerSecond: number;
}

/**
 * How many retries a pool may have: a share of its requests lately, so that three layers that retry make
 * 1.7 times the load, not 27 times (algorithms.md section 8.2). All workers count into one Scoreboard, so the
 * floor is once for the pool, not once per worker.
 *
 * The limit is exact but for a race: a worker adds the counts up and then counts its own retry, and another
 * one may do the same in between. Each worker can be in between with one retry at most, so no more than
 * `workers - 1` are allowed beyond the limit, ever: the excess does not add up, because the next
 * withdrawal sees all of them.
 */
export class RetryBudget {
  readonly #scoreboard: Scoreboard;
  readonly #worker: number;
  readonly #pool: number;
  readonly #budget: number | null;
  /** Retries in a window that need no requests. */
  readonly #floor: number;

  constructor(options: RetryBudgetOptions) {
    this.#scoreboard = options.scoreboard;
    this.#worker = options.worker;
    this.#pool = options.pool;
    this.#budget = options.budget;
    this.#floor = options.minRetriesPerSecond * windowSeconds;
  }

  /** A request begins; once for each, however often it is tried. `now` is monotonic milliseconds. */
  deposit(now: number): void {
    this.#scoreboard.count(this.#worker, this.#pool, "requests", now);
  }

  /** Whether one more retry is allowed; if so, it is counted. */
  tryWithdraw(now: number): boolean {
    if (this.#isUsedUp(now)) return false;
    this.#scoreboard.count(this.#worker, this.#pool, "retries", now);
    return true;
  }

  /** Retries that would be allowed at this moment; Infinity without a budget. Changes nothing. */
  left(now: number): number {
    if (this.#budget === null) return Infinity;
    const requests = this.#scoreboard.counted(this.#pool, "requests", now);
    const retries = this.#scoreboard.counted(this.#pool, "retries", now);
    return Math.max(0, Math.ceil(this.#budget * requests + this.#floor - retries));
  }

  #isUsedUp(now: number): boolean {
    return this.left(now) === 0;
  }
}

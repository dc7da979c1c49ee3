import type { Scoreboard } from "../scoreboard.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

/** Before so many answers there is no quantile to speak of. */
const leastAnswers = 100;
/** The quantile is worked out again after so many more. */
const refreshEvery = 64;

export interface HedgeRules {
  /** 0.5 to 1: who waits longer than this share of the answers took gets a second copy. */
  readonly quantile: number;
  /** Second copies as a share of the requests of the last ten seconds, over all workers. */
  readonly budget: number;
  readonly minDelayMs: number;
}

export interface HedgePolicyOptions extends HedgeRules {
  readonly scoreboard: Scoreboard;
  /** The calling thread's column. */
  readonly worker: number;
  /** The pool's row. */
  readonly pool: number;
}

/**
 * When a request gets a second copy (algorithms.md section 8.4), one per pool and worker: latencies are the
 * worker's own, the budget is the pool's. There is no floor as for retries: where nothing comes, nothing
 * is slow because of its load, and a hedge that is not sent costs a wait, not a failure. Like RetryBudget it
 * is exact to within one copy per other worker.
 */
export class HedgePolicy {
  readonly #options: HedgePolicyOptions;
  readonly #latencies: LatencyHistogram = new LatencyHistogram();
  #fresh = 0;
  #delayMs = Infinity;

  constructor(options: HedgePolicyOptions) {
    this.#options = options;
  }

  /** How long a request waits for its first copy; Infinity while too little is known. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /**
   * A request that needed no retry got its answer, from whichever copy: the time since it began. Where the
   * second copy was first, this is less than the first one would have taken, and still above the delay.
   */
  answered(latencyMs: number): void {
    this.#latencies.add(latencyMs);
    if (++this.#fresh < refreshEvery || this.#latencies.count < leastAnswers) return;
    this.#fresh = 0;
    const { quantile, minDelayMs } = this.#options;
    this.#delayMs = Math.max(minDelayMs, this.#latencies.quantile(quantile));
  }

  /** Whether a second copy may be sent; if so, it is counted. */
  tryWithdraw(now: number): boolean {
    const { scoreboard, worker, pool, budget } = this.#options;
    const requests = scoreboard.counted(pool, "requests", now);
    if (scoreboard.counted(pool, "hedges", now) + 1 > budget * requests) return false;
    scoreboard.count(worker, pool, "hedges", now);
    return true;
  }
}

import { naiveRetries, type RetryRule } from "../engine/retry-rule.ts";

const windowMs = 10_000;
/** Allowed per second whatever the traffic, so that a quiet service may retry at all. */
const floorPerSecond = 10;

/**
 * Naive retries under Finagle's budget (algorithms.md section 8.2): each request deposits `ratio` of a
 * retry for ten seconds, beside ten a second that are always allowed. A reference: core has none yet.
 */
export function budgetedRetries(maxRetries: number, ratio: number): RetryRule {
  const inner = naiveRetries(maxRetries);
  const deposits = new RollingSum();
  const withdrawals = new RollingSum();
  const reserve = (floorPerSecond * windowMs) / 1_000;
  return {
    requestStarted: (now) => deposits.add(ratio, now),
    decide(failed, now) {
      const decision = inner.decide(failed, now);
      if (!decision.retry) return decision;
      if (deposits.sum(now) + reserve - withdrawals.sum(now) < 1) {
        return { retry: false, reason: "attempts" };
      }
      withdrawals.add(1, now);
      return decision;
    },
  };
}

const slots = 10;

/** The sum of the last ten seconds, to within a tenth of them. */
class RollingSum {
  readonly #sums: number[] = Array.from({ length: slots }, () => 0);
  #newest = 0;

  add(value: number, now: number): void {
    this.#forget(now);
    const slot = this.#newest % slots;
    this.#sums[slot] = (this.#sums[slot] as number) + value;
  }

  sum(now: number): number {
    this.#forget(now);
    return this.#sums.reduce((total, part) => total + part, 0);
  }

  #forget(now: number): void {
    const current = Math.floor((now * slots) / windowMs);
    for (; this.#newest < current; this.#newest++) this.#sums[(this.#newest + 1) % slots] = 0;
  }
}

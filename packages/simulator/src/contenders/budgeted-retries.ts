import { naiveRetries, retryBudget, type RetryRule } from "../engine/retry-rule.ts";

/** Retries whatever the failure was, under core's own budget: `ratio` of the requests and ten a second. */
export function budgetedRetries(maxRetries: number, ratio: number): RetryRule {
  const inner = naiveRetries(maxRetries);
  const budget = retryBudget({ budget: ratio, minRetriesPerSecond: 10 });
  return {
    requestStarted: (now) => budget.deposit(now),
    decide(failed, now) {
      const decision = inner.decide(failed, now);
      if (!decision.retry || budget.tryWithdraw(now)) return decision;
      return { retry: false, reason: "budget" };
    },
  };
}

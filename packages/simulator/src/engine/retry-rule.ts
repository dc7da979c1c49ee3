import { decideRetry, type Outcome, type RetryDecision } from "@evenkeel/core";

/** What is known when an attempt has ended without success. */
export interface FailedAttempt {
  readonly outcome: Outcome;
  /** The attempt that ended, from 1. */
  readonly attempt: number;
}

/** Decides about further attempts; one per balancer. */
export interface RetryRule {
  /** A first attempt begins: budgets grow with these. */
  requestStarted(now: number): void;
  decide(failed: FailedAttempt, now: number): RetryDecision;
}

/** What the proxy does: core's own rule, for a GET. */
export function productionRetries(maxRetries: number): RetryRule {
  return {
    requestStarted() {},
    decide: ({ outcome, attempt }) =>
      decideRetry({
        outcome,
        attempt,
        maxRetries,
        idempotent: true,
        bodyReplayable: true,
        responseStarted: false,
        reusedConnection: false,
      }),
  };
}

/** What an impatient client does: whatever the failure was, again, up to `maxRetries` times. */
export function naiveRetries(maxRetries: number): RetryRule {
  return {
    requestStarted() {},
    decide: ({ attempt }) =>
      attempt <= maxRetries ? { retry: true, delayMs: 0 } : { retry: false, reason: "attempts" },
  };
}

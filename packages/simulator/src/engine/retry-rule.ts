import {
  type Outcome,
  RetryBudget,
  type RetryDecision,
  RetryPolicy,
  type RetryRules,
  Scoreboard,
} from "@evenkeel/core";
import { randomStream } from "./random-stream.ts";

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

/** A pool's `retry` settings, as far as they mean anything here. */
export interface RetrySettings extends RetryRules {
  readonly budget: number | null;
  readonly minRetriesPerSecond: number;
}

/** What the proxy does: core's own policy and budget, for a GET without a deadline. */
export function productionRetries(settings: RetrySettings): RetryRule {
  const budget = retryBudget(settings);
  const policy = new RetryPolicy(settings, budget, randomStream(1, "backoff"));
  return {
    requestStarted: (now) => policy.requestStarted(now),
    decide: ({ outcome, attempt }, now) =>
      policy.decide(
        {
          outcome,
          attempt,
          idempotent: true,
          bodyReplayable: true,
          responseStarted: false,
          reusedConnection: false,
          // Every attempt before is taken for a timeout, too, and some server for untried.
          responseTimeouts: attempt,
          hasUntried: true,
          remainingMs: Infinity,
          retryAfterMs: 0,
        },
        now,
      ),
  };
}

/** Core's, for one balancer. */
export function retryBudget(
  terms: Pick<RetrySettings, "budget" | "minRetriesPerSecond">,
): RetryBudget {
  const scoreboard = Scoreboard.allocate({ workers: 1, pools: 1, backends: 0 });
  return new RetryBudget({ ...terms, scoreboard, worker: 0, pool: 0 });
}

/** What an impatient client does: whatever the failure was, again, up to `maxRetries` times. */
export function naiveRetries(maxRetries: number): RetryRule {
  return {
    requestStarted() {},
    decide: ({ attempt }) =>
      attempt <= maxRetries ? { retry: true, delayMs: 0 } : { retry: false, reason: "attempts" },
  };
}

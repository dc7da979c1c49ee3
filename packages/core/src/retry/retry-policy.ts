import { type Outcome, isResponseTimeout } from "../outcome.ts";
import type { Random } from "../runtime.ts";
import type { RetryBudget } from "./retry-budget.ts";

type Failure = Extract<Outcome, { kind: "failure" }>;

/** What is known when an attempt has ended. */
export interface RetryFacts {
  readonly outcome: Outcome;
  /** The attempt that just ended, from 1. */
  readonly attempt: number;
  /** `isIdempotent(method)`, or an Idempotency-Key. */
  readonly idempotent: boolean;
  /** The body is absent, wholly buffered, or no byte of it was consumed yet. */
  readonly bodyReplayable: boolean;
  /** A byte went to the client, if only of a 1xx; or the attempt failed after its first response byte. */
  readonly responseStarted: boolean;
  /**
   * The attempt ran on a kept-alive connection. It changes no answer: a reset there may still come
   * after the backend acted, so the rule is the same as on a fresh connection, and `maxRetries` is a
   * promise that nginx's extra try would break.
   */
  readonly reusedConnection: boolean;
  /** How many attempts at this request ended in a response timeout so far, this one included. */
  readonly responseTimeouts: number;
  /** A ready backend that was not tried yet is left; matters after a response timeout only. */
  readonly hasUntried: boolean;
  /** Until the request's own deadline, in milliseconds; Infinity when it has none. */
  readonly remainingMs: number;
  /**
   * What the backend asked for with Retry-After, in milliseconds, if the next attempt would go to the same
   * one; else 0: another backend said nothing, and is asked at once.
   */
  readonly retryAfterMs: number;
}

/**
 * `delayMs` is how long the caller waits first. `reason` names the first rule that forbids a retry;
 * `deadline`: it would begin too late to be of use, or the backend asked for a longer pause than any;
 * `timeouts`: more response timeouts than `maxTimeoutRetries`; `no-other-backend`: only one that was
 * already given its time is left.
 */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  | {
      readonly retry: false;
      readonly reason:
        | "not-retryable"
        | "attempts"
        | "timeouts"
        | "no-other-backend"
        | "committed"
        | "canceled"
        | "deadline"
        | "budget";
    };

/** A pool's settings. */
export interface RetryRules {
  /** Attempts after the first one, 0 or more. A hard limit, whatever the cause. */
  readonly maxRetries: number;
  /** Of them, those after a response timeout; 0 or more. */
  readonly maxTimeoutRetries: number;
  /** Final statuses that are no answer yet, if the request is idempotent. */
  readonly statuses: readonly number[];
  /** Upper end of the second retry's random delay, doubled for each one after it. */
  readonly backoffMs: number;
  /** No retry waits longer. */
  readonly maxBackoffMs: number;
}

const retryAtOnce: RetryDecision = Object.freeze({ retry: true, delayMs: 0 });
const notRetryable: RetryDecision = Object.freeze({ retry: false, reason: "not-retryable" });
const attemptsUsed: RetryDecision = Object.freeze({ retry: false, reason: "attempts" });
const timeoutsUsed: RetryDecision = Object.freeze({ retry: false, reason: "timeouts" });
const noOtherBackend: RetryDecision = Object.freeze({ retry: false, reason: "no-other-backend" });
const committed: RetryDecision = Object.freeze({ retry: false, reason: "committed" });
const canceled: RetryDecision = Object.freeze({ retry: false, reason: "canceled" });
const tooLate: RetryDecision = Object.freeze({ retry: false, reason: "deadline" });
const budgetUsed: RetryDecision = Object.freeze({ retry: false, reason: "budget" });

/**
 * Whether a request may go to another backend, and when. RFC 9110 section 9.2.2: a proxy must not
 * automatically retry a non-idempotent request, unless it knows that none was processed.
 *
 * A backend that did not answer in time may still be at work. Asking it again would double that, and asking
 * everybody would carry a request that is slow everywhere to all of them: hence `maxTimeoutRetries`.
 *
 * The first retry goes at once, because it goes to another backend. Those after it wait at random (full
 * jitter), so that what failed together does not come back together.
 */
export class RetryPolicy {
  readonly #rules: RetryRules;
  readonly #budget: RetryBudget;
  readonly #random: Random;

  constructor(rules: RetryRules, budget: RetryBudget, random: Random) {
    this.#rules = rules;
    this.#budget = budget;
    this.#random = random;
  }

  /** A request's first attempt begins: what the budget grows with. */
  requestStarted(now: number): void {
    this.#budget.deposit(now);
  }

  /** A retry that is granted is charged to the budget: ask once per attempt, and keep to the answer. */
  decide(facts: RetryFacts, now: number): RetryDecision {
    const { outcome } = facts;
    if (outcome.kind === "canceled") return canceled;
    if (facts.responseStarted) return committed;
    if (!this.#maySendAgain(outcome, facts)) return notRetryable;
    if (facts.attempt > this.#rules.maxRetries) return attemptsUsed;
    if (isResponseTimeout(outcome)) {
      if (facts.responseTimeouts > this.#rules.maxTimeoutRetries) return timeoutsUsed;
      if (!facts.hasUntried) return noOtherBackend;
    }
    const delayMs = this.#delayMs(facts);
    if (delayMs >= facts.remainingMs) return tooLate;
    if (!this.#budget.tryWithdraw(now)) return budgetUsed;
    return delayMs === 0 ? retryAtOnce : { retry: true, delayMs };
  }

  /**
   * For a request that shared a connection and lost its place there through no fault of its own: may it
   * have another attempt? Charged like a retry, which it is to the backend.
   */
  mayMove(attempt: number, now: number): boolean {
    return attempt <= this.#rules.maxRetries && this.#budget.tryWithdraw(now);
  }

  #maySendAgain(outcome: Exclude<Outcome, { kind: "canceled" }>, facts: RetryFacts): boolean {
    if (!facts.bodyReplayable) return false;
    if (outcome.kind === "failure") return mayFailureBeRepeated(outcome, facts.idempotent);
    return facts.idempotent && this.#rules.statuses.includes(outcome.status);
  }

  /** Infinity when the backend wants to be left alone for longer than any retry waits. */
  #delayMs({ attempt, retryAfterMs }: RetryFacts): number {
    const { backoffMs, maxBackoffMs } = this.#rules;
    if (retryAfterMs > maxBackoffMs) return Infinity;
    if (attempt === 1) return retryAfterMs;
    const longestMs = Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 2));
    return Math.max(retryAfterMs, this.#random() * longestMs);
  }
}

function mayFailureBeRepeated(failure: Failure, idempotent: boolean): boolean {
  if (!failure.sent) return true;
  // A protocol failure was a response.
  return (failure.cause === "reset" || failure.cause === "timeout") && idempotent;
}

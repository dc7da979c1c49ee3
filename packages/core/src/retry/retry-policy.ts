import type { Outcome } from "../outcome.ts";

type Failure = Extract<Outcome, { kind: "failure" }>;

/** What is known when an attempt has ended. */
export interface RetryFacts {
  readonly outcome: Outcome;
  /** The attempt that just ended, from 1. */
  readonly attempt: number;
  /** Attempts after the first one, 0 or more. A hard limit, whatever the cause. */
  readonly maxRetries: number;
  /** `isIdempotent(method)`, or an Idempotency-Key rule. */
  readonly idempotent: boolean;
  /** The body is absent, wholly buffered, or no byte of it was consumed yet. */
  readonly bodyReplayable: boolean;
  /** A response byte was seen, interim responses (1xx) included, or one went to the client. */
  readonly responseStarted: boolean;
  /**
   * The attempt ran on a kept-alive connection. It changes no answer: a reset there may still come
   * after the backend acted, so the rule is the same as on a fresh connection, and `maxRetries` is a
   * promise that nginx's extra try would break.
   */
  readonly reusedConnection: boolean;
}

/** `delayMs` is how long the caller waits first. `reason` names the first rule that forbids a retry. */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  | {
      readonly retry: false;
      readonly reason: "not-retryable" | "attempts" | "committed" | "canceled";
    };

const retryAtOnce: RetryDecision = Object.freeze({ retry: true, delayMs: 0 });
const notRetryable: RetryDecision = Object.freeze({ retry: false, reason: "not-retryable" });
const attemptsUsed: RetryDecision = Object.freeze({ retry: false, reason: "attempts" });
const committed: RetryDecision = Object.freeze({ retry: false, reason: "committed" });
const canceled: RetryDecision = Object.freeze({ retry: false, reason: "canceled" });

/**
 * Whether a request may go to another backend after this attempt. RFC 9110 section 9.2.2: a proxy must
 * not automatically retry a non-idempotent request, unless it knows that none was processed.
 * Returns constants; allocates nothing.
 */
export function decideRetry(facts: RetryFacts): RetryDecision {
  const { outcome } = facts;
  if (outcome.kind === "canceled") return canceled;
  if (facts.responseStarted) return committed;
  if (outcome.kind === "response" || !maySendAgain(outcome, facts)) return notRetryable;
  return facts.attempt > facts.maxRetries ? attemptsUsed : retryAtOnce;
}

function maySendAgain(failure: Failure, facts: RetryFacts): boolean {
  if (!facts.bodyReplayable) return false;
  if (!failure.sent) return true;
  // After a response timeout the backend may still be at work; a protocol failure was a response.
  return failure.cause === "reset" && facts.idempotent;
}

import { type Outcome, RetryBudget, RetryPolicy } from "@evenkeel/core";
import type { PlacedPool } from "../generation/placed-config.ts";
import type { ExplainSources } from "./explain-sources.ts";
import type { ExplainedRetry } from "./explanation.ts";

interface RequestFacts {
  readonly isIdempotent: boolean;
  readonly isReplayable: boolean;
  /** More than one backend is ready. */
  readonly hasUntried: boolean;
}

const failure = { kind: "failure" } as const;

/** What the first attempt may come to. */
const outcomes: readonly (readonly [string, Outcome])[] = [
  ["connection refused", { ...failure, cause: "connect", sent: false }],
  ["connection lost after sending", { ...failure, cause: "reset", sent: true }],
  ["response timeout", { ...failure, cause: "timeout", sent: true }],
];

/** Asks the policy itself what it would decide, with a budget of which nothing is really taken. */
export function explainRetry(
  { retry, row }: PlacedPool,
  { scoreboard, now }: Pick<ExplainSources, "scoreboard" | "now">,
  facts: RequestFacts,
): ExplainedRetry {
  const { budget, minRetriesPerSecond, maxRetries, statuses } = retry;
  const place = { worker: 0, pool: row, budget, minRetriesPerSecond };
  const left = new RetryBudget({ scoreboard, ...place }).left(now);
  const answers = statuses.map((status): (typeof outcomes)[number] => [
    `status ${status}`,
    { kind: "response", status, latencyMs: 0 },
  ]);
  return {
    maxRetries,
    budgetLeft: left === Infinity ? null : left,
    isIdempotent: facts.isIdempotent,
    after: [...outcomes, ...answers].map(([words, outcome]) => {
      const policy = new RetryPolicy(
        retry,
        new RetryBudget({ scoreboard: scoreboard.copy(), ...place }),
        () => 0,
      );
      const decision = policy.decide({ outcome, ...attemptFacts(facts) }, now);
      return {
        outcome: words,
        isRetried: decision.retry,
        reason: decision.retry ? null : decision.reason,
      };
    }),
  };
}

/** A first attempt on a new connection, of a client that waits as long as it takes. */
function attemptFacts({ isIdempotent, isReplayable, hasUntried }: RequestFacts) {
  return {
    attempt: 1,
    idempotent: isIdempotent,
    bodyReplayable: isReplayable,
    responseStarted: false,
    reusedConnection: false,
    responseTimeouts: 1,
    hasUntried,
    remainingMs: Infinity,
    retryAfterMs: 0,
  };
}

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decideRetry,
  type FailureCause,
  type Outcome,
  type RetryDecision,
  type RetryFacts,
} from "../index.ts";

const yes: RetryDecision = { retry: true, delayMs: 0 };
const no = {
  notRetryable: { retry: false, reason: "not-retryable" },
  attempts: { retry: false, reason: "attempts" },
  committed: { retry: false, reason: "committed" },
  canceled: { retry: false, reason: "canceled" },
} as const satisfies Record<string, RetryDecision>;

function failure(cause: FailureCause, sent: boolean): Outcome {
  return { kind: "failure", cause, sent };
}

function decide(facts: Partial<RetryFacts> & { readonly outcome: Outcome }): RetryDecision {
  return decideRetry({
    attempt: 1,
    maxRetries: 2,
    idempotent: true,
    bodyReplayable: true,
    responseStarted: false,
    reusedConnection: false,
    ...facts,
  });
}

interface Row {
  readonly observation: string;
  readonly facts: Partial<RetryFacts> & { readonly outcome: Outcome };
  /** The decision for GET and for POST, each with a replayable body. */
  readonly get: RetryDecision;
  readonly post: RetryDecision;
}

// reference/node-performance.md section 9, row by row.
const rows: readonly Row[] = [
  {
    observation: "breaker open, cap or queue full, pool draining or removed",
    facts: { outcome: failure("connect", false) },
    get: yes,
    post: yes,
  },
  {
    observation:
      "fresh connection: DNS, ECONNREFUSED, EHOSTUNREACH, TLS or certificate-name failure",
    facts: { outcome: failure("connect", false) },
    get: yes,
    post: yes,
  },
  {
    observation: "fresh connection: connect timeout",
    facts: { outcome: failure("timeout", false) },
    get: yes,
    post: yes,
  },
  {
    observation: "idle socket closed or readable at checkout, before our write",
    facts: { outcome: failure("reset", false), reusedConnection: true },
    get: yes,
    post: yes,
  },
  {
    observation: "reused socket, head written, reset/EOF/EPIPE, no response byte",
    facts: { outcome: failure("reset", true), reusedConnection: true },
    get: yes,
    post: no.notRetryable,
  },
  {
    observation: "fresh connection, same",
    facts: { outcome: failure("reset", true), reusedConnection: false },
    get: yes,
    post: no.notRetryable,
  },
  {
    observation: "pipelined behind the failed one",
    facts: { outcome: failure("reset", true), reusedConnection: true },
    get: yes,
    post: no.notRetryable,
  },
  {
    observation: "response-head timeout",
    facts: { outcome: failure("timeout", true) },
    get: no.notRetryable,
    post: no.notRetryable,
  },
  {
    observation: "any response byte seen (also 1xx), then failure",
    facts: { outcome: failure("reset", true), responseStarted: true },
    get: no.committed,
    post: no.committed,
  },
  {
    observation: "any response byte seen (also 1xx), then framing error",
    facts: { outcome: failure("protocol", true), responseStarted: true },
    get: no.committed,
    post: no.committed,
  },
  {
    observation: "any response byte seen (also 1xx), then body timeout",
    facts: { outcome: failure("timeout", true), responseStarted: true },
    get: no.committed,
    post: no.committed,
  },
  {
    observation: "request body short or longer than CL (client fault)",
    facts: { outcome: { kind: "canceled" } },
    get: no.canceled,
    post: no.canceled,
  },
  {
    observation: "client aborted, our own abort",
    facts: { outcome: { kind: "canceled" } },
    get: no.canceled,
    post: no.canceled,
  },
  {
    observation: "H2: REFUSED_STREAM, GOAWAY with last-stream-id below ours",
    facts: { outcome: failure("reset", false), reusedConnection: true },
    get: yes,
    post: yes,
  },
];

describe.each(rows)("$observation", ({ facts, get, post }) => {
  test("an idempotent request", () => {
    expect(decide({ ...facts, idempotent: true })).toEqual(get);
  });

  test("a request that is not idempotent", () => {
    expect(decide({ ...facts, idempotent: false })).toEqual(post);
  });

  test("never, when the body cannot be replayed", () => {
    expect(decide({ ...facts, bodyReplayable: false }).retry).toBe(false);
  });

  test("never, when the response started", () => {
    expect(decide({ ...facts, responseStarted: true }).retry).toBe(false);
  });
});

describe("limits", () => {
  const refused = failure("connect", false);

  test.each([
    [1, 2, yes],
    [2, 2, yes],
    [3, 2, no.attempts],
    [1, 0, no.attempts],
  ])("after attempt %d of 1 + %d", (attempt, maxRetries, expected) => {
    expect(decide({ outcome: refused, attempt, maxRetries })).toEqual(expected);
  });

  test("a reused connection grants no attempt beyond the limit", () => {
    const facts = { outcome: failure("reset", true), maxRetries: 0, reusedConnection: true };
    expect(decide(facts)).toEqual(no.attempts);
  });

  test("the first rule that forbids it is the reason", () => {
    const last = { attempt: 3, responseStarted: true, bodyReplayable: false };
    expect(decide({ ...last, outcome: { kind: "canceled" } })).toEqual(no.canceled);
    expect(decide({ ...last, outcome: refused })).toEqual(no.committed);
    expect(decide({ ...last, outcome: refused, responseStarted: false })).toEqual(no.notRetryable);
  });
});

test("a response is an answer, whatever its status", () => {
  for (const status of [200, 404, 500, 503]) {
    const outcome: Outcome = { kind: "response", status, latencyMs: 1 };
    expect(decide({ outcome })).toEqual(no.notRetryable);
    expect(decide({ outcome, responseStarted: true })).toEqual(no.committed);
  }
});

test("contradictory facts (a connect failure after bytes were sent) are not retried", () => {
  expect(decide({ outcome: failure("connect", true) })).toEqual(no.notRetryable);
});

test("an unreadable response is not retried, even if the caller forgot that it started", () => {
  expect(decide({ outcome: failure("protocol", true) })).toEqual(no.notRetryable);
});

describe("for any facts", () => {
  const facts: fc.Arbitrary<RetryFacts> = fc.record({
    outcome: fc.oneof(
      fc.constant<Outcome>({ kind: "canceled" }),
      fc.constant<Outcome>({ kind: "response", status: 502, latencyMs: 1 }),
      fc.record({
        kind: fc.constant("failure" as const),
        cause: fc.constantFrom<FailureCause>("connect", "reset", "timeout", "protocol"),
        sent: fc.boolean(),
      }),
    ),
    attempt: fc.integer({ min: 1, max: 5 }),
    maxRetries: fc.nat(4),
    idempotent: fc.boolean(),
    bodyReplayable: fc.boolean(),
    responseStarted: fc.boolean(),
    reusedConnection: fc.boolean(),
  });

  test("a retry means: nothing answered, body replayable, attempts left, and unsent or idempotent", () => {
    fc.assert(
      fc.property(facts, (facts) => {
        if (!decideRetry(facts).retry) return;
        const { outcome } = facts;
        expect(facts.responseStarted).toBe(false);
        expect(facts.bodyReplayable).toBe(true);
        expect(facts.attempt).toBeLessThanOrEqual(facts.maxRetries);
        expect(outcome.kind === "failure" && (!outcome.sent || facts.idempotent)).toBe(true);
      }),
    );
  });

  test("the decision is one of few constants", () => {
    const seen = new Set<RetryDecision>();
    fc.assert(fc.property(facts, (facts) => void seen.add(decideRetry(facts))));
    expect(seen.size).toBeLessThanOrEqual(5);
    for (const decision of seen) expect(Object.isFrozen(decision)).toBe(true);
  });
});

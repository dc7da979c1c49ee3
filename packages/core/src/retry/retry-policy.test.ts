import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noRandom, scripted } from "../../test/scripted.ts";
import {
  type FailureCause,
  type Outcome,
  type Random,
  RetryBudget,
  type RetryDecision,
  type RetryFacts,
  RetryPolicy,
  type RetryRules,
  Scoreboard,
  isResponseTimeout,
} from "../index.ts";

const yes: RetryDecision = { retry: true, delayMs: 0 };
const no = {
  notRetryable: { retry: false, reason: "not-retryable" },
  attempts: { retry: false, reason: "attempts" },
  timeouts: { retry: false, reason: "timeouts" },
  noOtherBackend: { retry: false, reason: "no-other-backend" },
  committed: { retry: false, reason: "committed" },
  canceled: { retry: false, reason: "canceled" },
  deadline: { retry: false, reason: "deadline" },
  budget: { retry: false, reason: "budget" },
} as const satisfies Record<string, RetryDecision>;

function failure(cause: FailureCause, sent: boolean): Outcome {
  return { kind: "failure", cause, sent };
}

function answer(status: number): Outcome {
  return { kind: "response", status, latencyMs: 1 };
}

interface Setup extends Partial<RetryRules> {
  /** Retries that the budget allows; as many as like when left out. */
  readonly allowed?: number;
  readonly random?: Random;
}

/** What the budget of `policyOf` counts. */
function boardOf(): Scoreboard {
  return Scoreboard.allocate({ workers: 1, pools: 1, backends: 0 });
}

function policyOf(setup: Setup = {}, scoreboard: Scoreboard = boardOf()): RetryPolicy {
  const { allowed, random = noRandom, ...rules } = setup;
  const budget = new RetryBudget({
    scoreboard,
    worker: 0,
    pool: 0,
    budget: allowed === undefined ? null : 0,
    minRetriesPerSecond: (allowed ?? 0) / 10,
  });
  const usual = {
    maxRetries: 2,
    maxTimeoutRetries: 1,
    statuses: [],
    backoffMs: 25,
    maxBackoffMs: 250,
  };
  return new RetryPolicy({ ...usual, ...rules }, budget, random);
}

type SomeFacts = Partial<RetryFacts> & { readonly outcome: Outcome };

function factsOf(facts: SomeFacts): RetryFacts {
  return {
    attempt: 1,
    idempotent: true,
    bodyReplayable: true,
    responseStarted: false,
    reusedConnection: false,
    responseTimeouts: facts.outcome.kind === "failure" && facts.outcome.cause === "timeout" ? 1 : 0,
    hasUntried: true,
    remainingMs: Infinity,
    retryAfterMs: 0,
    ...facts,
  };
}

function decide(facts: SomeFacts, setup: Setup = {}): RetryDecision {
  return policyOf(setup).decide(factsOf(facts), 0);
}

interface Row {
  readonly observation: string;
  readonly facts: SomeFacts;
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
    get: yes,
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
    [3, 2, no.attempts],
    [1, 0, no.attempts],
  ])("after attempt %d of 1 + %d", (attempt, maxRetries, expected) => {
    expect(decide({ outcome: refused, attempt }, { maxRetries })).toEqual(expected);
  });

  test("a reused connection grants no attempt beyond the limit", () => {
    const facts = { outcome: failure("reset", true), reusedConnection: true };
    expect(decide(facts, { maxRetries: 0 })).toEqual(no.attempts);
  });

  test("the first rule that forbids it is the reason", () => {
    const setup = { allowed: 0 };
    const last = { attempt: 3, responseStarted: true, bodyReplayable: false, remainingMs: 0 };
    expect(decide({ ...last, outcome: { kind: "canceled" } }, setup)).toEqual(no.canceled);
    const failed = { ...last, outcome: refused };
    expect(decide(failed, setup)).toEqual(no.committed);
    const silent = { ...failed, responseStarted: false };
    expect(decide(silent, setup)).toEqual(no.notRetryable);
    expect(decide({ ...silent, bodyReplayable: true }, setup)).toEqual(no.attempts);
    const early = { ...silent, bodyReplayable: true, attempt: 1 };
    expect(decide(early, setup)).toEqual(no.deadline);
    expect(decide({ ...early, remainingMs: 1 }, setup)).toEqual(no.budget);
  });
});

describe("a response timeout", () => {
  const outcome = failure("timeout", true);

  test.each([
    [1, 0, no.timeouts],
    [1, 1, yes],
    [2, 1, no.timeouts],
    [2, 2, yes],
  ])("number %d of at most %d", (responseTimeouts, maxTimeoutRetries, expected) => {
    expect(decide({ outcome, responseTimeouts }, { maxTimeoutRetries })).toEqual(expected);
  });

  test("is not retried where only backends are left that had their time", () => {
    expect(decide({ outcome, hasUntried: false })).toEqual(no.noOtherBackend);
    expect(decide({ outcome: failure("reset", true), hasUntried: false })).toEqual(yes);
    expect(decide({ outcome: failure("timeout", false), hasUntried: false })).toEqual(yes);
  });

  test("does not keep a request from what else it may be retried for", () => {
    const later = { responseTimeouts: 7, outcome: failure("reset", true) };
    expect(decide(later)).toEqual(yes);
  });

  test("is within the limits of every retry", () => {
    expect(decide({ outcome, attempt: 3 })).toEqual(no.attempts);
    expect(decide({ outcome }, { allowed: 0 })).toEqual(no.budget);
    expect(decide({ outcome, remainingMs: 0 })).toEqual(no.deadline);
  });
});

describe("an answer", () => {
  // reference/algorithms.md section 8.1: by configuration, idempotent requests only.
  const statuses = [502, 503, 504, 408, 425, 429];

  test("is one, whatever its status, unless the configuration names it", () => {
    for (const status of [200, 404, 408, 425, 429, 500, 502, 503, 504]) {
      expect(decide({ outcome: answer(status) })).toEqual(no.notRetryable);
      expect(decide({ outcome: answer(status), responseStarted: true })).toEqual(no.committed);
    }
  });

  test.each(statuses)("of a named status (%d) is asked for again elsewhere", (status) => {
    expect(decide({ outcome: answer(status) }, { statuses })).toEqual(yes);
    expect(decide({ outcome: answer(500) }, { statuses })).toEqual(no.notRetryable);
  });

  test.each(statuses)(
    "of a named status (%d) is final when sending twice is not once",
    (status) => {
      const facts = { outcome: answer(status), idempotent: false };
      expect(decide(facts, { statuses })).toEqual(no.notRetryable);
    },
  );

  test("is final when something of it, or before it, went to the client", () => {
    const facts = { outcome: answer(503), responseStarted: true };
    expect(decide(facts, { statuses })).toEqual(no.committed);
  });

  test("is final when the body cannot be sent again", () => {
    const facts = { outcome: answer(503), bodyReplayable: false };
    expect(decide(facts, { statuses })).toEqual(no.notRetryable);
  });
});

test("contradictory facts (a connect failure after bytes were sent) are not retried", () => {
  expect(decide({ outcome: failure("connect", true) })).toEqual(no.notRetryable);
});

test("an unreadable response is not retried, even if the caller forgot that it started", () => {
  expect(decide({ outcome: failure("protocol", true) })).toEqual(no.notRetryable);
});

describe("the delay", () => {
  const outcome = failure("reset", true);
  const many = { maxRetries: 10 };

  test("of the first retry is none, and takes no chance", () => {
    expect(decide({ outcome })).toEqual(yes);
    expect(decide({ outcome: failure("connect", false) })).toEqual(yes);
    expect(decide({ outcome: answer(503) }, { statuses: [503] })).toEqual(yes);
  });

  test.each([
    [2, 25],
    [3, 50],
    [4, 100],
    [5, 200],
    [6, 250],
    [10, 250],
  ])("of retry %d is uniform up to %d ms", (attempt, longestMs) => {
    const delayAt = (share: number): RetryDecision =>
      decide({ outcome, attempt }, { ...many, random: scripted(share) });
    expect(delayAt(0.5)).toEqual({ retry: true, delayMs: longestMs / 2 });
    expect(delayAt(0.9)).toEqual({ retry: true, delayMs: longestMs * 0.9 });
    expect(delayAt(0)).toEqual(yes);
  });

  test.each([
    ["longer than what is left", 12.4, no.deadline],
    ["as long as what is left", 12.5, no.deadline],
    ["shorter than what is left", 12.6, { retry: true, delayMs: 12.5 }],
  ])("that is %s decides", (_, remainingMs, expected) => {
    const facts = { outcome, attempt: 2, remainingMs };
    expect(decide(facts, { random: scripted(0.5) })).toEqual(expected);
  });

  test("is too long when no time is left at all", () => {
    expect(decide({ outcome, remainingMs: 0 })).toEqual(no.deadline);
    expect(decide({ outcome, remainingMs: -5 })).toEqual(no.deadline);
    expect(decide({ outcome, remainingMs: 0.1 })).toEqual(yes);
  });
});

describe("Retry-After of the backend that would be asked again", () => {
  const outcome = answer(503);
  const rules = { statuses: [503], maxBackoffMs: 2_000, backoffMs: 1_600, maxRetries: 3 };

  test("is kept to by the first retry", () => {
    const facts = { outcome, retryAfterMs: 1_000 };
    expect(decide(facts, rules)).toEqual({ retry: true, delayMs: 1_000 });
  });

  test("is the least that later ones wait", () => {
    const facts = { outcome, attempt: 2, retryAfterMs: 1_000 };
    const delay = (share: number): RetryDecision =>
      decide(facts, { ...rules, random: scripted(share) });
    expect(delay(0.5)).toEqual({ retry: true, delayMs: 1_000 });
    expect(delay(0.75)).toEqual({ retry: true, delayMs: 1_200 });
  });

  test("ends it when it is longer than any retry waits", () => {
    expect(decide({ outcome, retryAfterMs: 2_001 }, rules)).toEqual(no.deadline);
    expect(decide({ outcome, retryAfterMs: Infinity }, rules)).toEqual(no.deadline);
  });

  test("ends it when the request's time is over by then", () => {
    const facts = { outcome, retryAfterMs: 1_000, remainingMs: 900 };
    expect(decide(facts, rules)).toEqual(no.deadline);
  });
});

describe("the budget", () => {
  const outcome = failure("connect", false);

  test("is charged for each retry, and for nothing else", () => {
    const board = boardOf();
    const policy = policyOf({ allowed: 3, statuses: [503] }, board);
    const refusals: readonly SomeFacts[] = [
      { outcome: { kind: "canceled" } },
      { outcome, responseStarted: true },
      { outcome, bodyReplayable: false },
      { outcome: answer(200) },
      { outcome, attempt: 3 },
      { outcome, remainingMs: 0 },
    ];
    for (const facts of refusals) expect(policy.decide(factsOf(facts), 0).retry).toBe(false);
    expect(board.counted(0, "retries", 0)).toBe(0);
    for (const facts of [{ outcome }, { outcome: answer(503) }]) {
      expect(policy.decide(factsOf(facts), 0)).toEqual(yes);
    }
    expect(policy.mayMove(1, 0)).toBe(true);
    expect(board.counted(0, "retries", 0)).toBe(3);
    expect(policy.decide(factsOf({ outcome }), 0)).toEqual(no.budget);
    expect(policy.mayMove(1, 0)).toBe(false);
    expect(board.counted(0, "retries", 0)).toBe(3);
  });

  test("does not help a request that has lost its place after its last attempt", () => {
    const policy = policyOf();
    expect([1, 2, 3].map((attempt) => policy.mayMove(attempt, 0))).toEqual([true, true, false]);
  });

  test("counts a request that starts", () => {
    const board = boardOf();
    policyOf({}, board).requestStarted(0);
    expect(board.counted(0, "requests", 0)).toBe(1);
  });
});

describe("for any facts", () => {
  const facts: fc.Arbitrary<RetryFacts> = fc.record({
    outcome: fc.oneof(
      fc.constant<Outcome>({ kind: "canceled" }),
      fc.constantFrom(answer(502), answer(503)),
      fc.record({
        kind: fc.constant("failure" as const),
        cause: fc.constantFrom<FailureCause>("connect", "reset", "timeout", "protocol"),
        sent: fc.boolean(),
      }),
    ),
    attempt: fc.integer({ min: 1, max: 5 }),
    idempotent: fc.boolean(),
    bodyReplayable: fc.boolean(),
    responseStarted: fc.boolean(),
    reusedConnection: fc.boolean(),
    responseTimeouts: fc.nat(3),
    hasUntried: fc.boolean(),
    remainingMs: fc.oneof(fc.constant(Infinity), fc.double({ min: -10, max: 100, noNaN: true })),
    retryAfterMs: fc.constantFrom(0, 0, 0, 20, 1_000),
  });
  const setups = fc.record({ maxRetries: fc.nat(4), allowed: fc.nat(1) });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test("a retry means: nothing answered, body replayable, attempts, time and budget left, and unsent or idempotent", () => {
    fc.assert(
      fc.property(facts, setups, chance, (facts, setup, share) => {
        const policy = policyOf({ ...setup, statuses: [503], random: () => share });
        const decision = policy.decide(facts, 0);
        if (!decision.retry) return;
        const { outcome } = facts;
        expect(facts.responseStarted).toBe(false);
        expect(facts.bodyReplayable).toBe(true);
        expect(facts.attempt).toBeLessThanOrEqual(setup.maxRetries);
        expect(setup.allowed).toBe(1);
        expect(decision.delayMs).toBeLessThan(facts.remainingMs);
        expect(decision.delayMs).toBeLessThanOrEqual(250);
        expect(decision.delayMs).toBeGreaterThanOrEqual(facts.retryAfterMs);
        const isAnswer = outcome.kind === "response" && outcome.status === 503;
        const isUnsent = outcome.kind === "failure" && !outcome.sent;
        const isReset = outcome.kind === "failure" && outcome.cause === "reset";
        const isTimeout = isResponseTimeout(outcome);
        expect(isUnsent || ((isReset || isAnswer || isTimeout) && facts.idempotent)).toBe(true);
        if (!isTimeout) return;
        expect(facts.hasUntried).toBe(true);
        expect(facts.responseTimeouts).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("a refusal, or a retry at once, is one of few constants", () => {
    const seen = new Set<RetryDecision>();
    fc.assert(
      fc.property(facts, setups, (facts, setup) => {
        const decision = policyOf({ ...setup, random: () => 0.5 }).decide(facts, 0);
        if (!decision.retry || decision.delayMs === 0) seen.add(decision);
      }),
    );
    expect(seen.size).toBeLessThanOrEqual(9);
    for (const decision of seen) expect(Object.isFrozen(decision)).toBe(true);
  });
});

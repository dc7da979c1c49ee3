import type { JudgedStrategy } from "@evenkeel/oracles";
import { expect, test } from "vitest";
import { noErrors } from "../observation/observation.ts";
import type { DistributionExpectation, DistributionVerdict } from "./check-distribution.ts";
import { judgeByStrategy } from "./judge-by-strategy.ts";

interface Case extends Partial<DistributionExpectation> {
  readonly workers?: number;
  readonly lost?: number;
}

function judge(
  strategy: JudgedStrategy,
  backends: Readonly<Record<string, number>>,
  { workers = 1, lost = 0, ...expectation }: Case = {},
): DistributionVerdict {
  const answered = Object.values(backends).reduce((sum, count) => sum + count, 0);
  return judgeByStrategy(
    {
      backends: new Map(Object.entries(backends)),
      unattributed: new Map(),
      statuses: new Map([[200, answered]]),
      errors: { ...noErrors(), reset: lost },
    },
    {
      tolerance: 0.05,
      weights: undefined,
      expectBackends: undefined,
      backendHeader: "X-Backend",
      ...expectation,
    },
    { strategy, workers, connections: 50, sent: answered + lost },
  );
}

function verdicts({ backends }: DistributionVerdict): Record<string, string> {
  return Object.fromEntries(backends.map(({ name, verdict }) => [name, verdict]));
}

test("fails round robin for a skew that the tolerance would let pass", () => {
  const verdict = judge("round-robin", { a: 510, b: 490 });
  expect(verdict.pass).toBe(false);
  expect(verdict.reasons).toEqual([
    "most − fewest is 20 (a 510, b 490), where round robin allows 1",
  ]);
  expect(verdicts(verdict)).toEqual({ a: "outside", b: "outside" });
  expect(verdict.backends[0]?.range).toEqual({ least: 500, most: 500 });
});

test("passes round robin with the unshared turns of several workers", () => {
  expect(judge("round-robin", { a: 502, b: 498 }, { workers: 4 }).pass).toBe(true);
  expect(judge("round-robin", { a: 502, b: 498 }).pass).toBe(false);
});

test("passes random shares outside the tolerance as long as chance explains them, but says when it is short", () => {
  const short = judge("random", { a: 540, b: 460 });
  expect(short.judgement?.verdict).toBe("too-few-requests");
  expect(short.pass).toBe(false);
  expect(short.reasons).toEqual(["1000 requests cannot show a skew of 5 %: it takes 15461"]);
  expect(judge("random", { a: 540, b: 460 }, { tolerance: 0.2 }).pass).toBe(true);
});

test("counts a backend that never answered, by its weight or by its number", () => {
  const weights = new Map(Object.entries({ a: 1, b: 1, c: 1 }));
  expect(verdicts(judge("round-robin", { a: 500, b: 500 }, { weights }))).toMatchObject({
    c: "missing",
  });
  const byNumber = judge("round-robin", { a: 500, b: 500 }, { expectBackends: 3 });
  expect(verdicts(byNumber)).toMatchObject({ "(missing 1)": "missing" });
  expect(byNumber.pass).toBe(false);
});

test("fails a backend that should get nothing, and more backends than expected", () => {
  const weights = new Map(Object.entries({ a: 1, b: 1 }));
  const stranger = judge("round-robin", { a: 500, b: 500, c: 1 }, { weights });
  expect(verdicts(stranger)).toMatchObject({ c: "unexpected" });
  expect(stranger.reasons).toEqual(["c got 1 request and should get nothing"]);
  expect(judge("round-robin", { a: 500, b: 500 }, { expectBackends: 1 }).reasons).toEqual([
    "2 backends answered where 1 were expected",
  ]);
});

test("does not miss the backends that a hash does not choose", () => {
  const verdict = judge("ip-hash", { a: 1000 }, { expectBackends: 3 });
  expect(verdict.pass).toBe(true);
  expect(verdicts(verdict)).toMatchObject({ "(missing 1)": "within" });
});

test("fails a run that lost a request, although the promise is kept", () => {
  const verdict = judge("round-robin", { a: 500, b: 499 }, { lost: 1 });
  expect(verdict.judgement?.verdict).toBe("pass");
  expect(verdict.reasons).toEqual(["1 request got no complete response"]);
});

test("judges a run that nobody answered without the oracle", () => {
  const verdict = judge("round-robin", {}, { lost: 3 });
  expect(verdict.judgement).toBeUndefined();
  expect(verdict.reasons[0]).toBe("no response at all, so nothing to judge");
});

import { expect, test } from "vitest";
import {
  checkDistribution,
  type DistributionExpectation,
  type DistributionVerdict,
} from "./check-distribution.ts";

interface Case extends Partial<DistributionExpectation> {
  readonly unattributed?: ReadonlyMap<number, number>;
  readonly statuses?: ReadonlyMap<number, number>;
  readonly errors?: Readonly<Record<string, number>>;
}

function check(backends: Readonly<Record<string, number>>, facts: Case = {}): DistributionVerdict {
  const {
    unattributed = new Map<number, number>(),
    statuses = new Map([[200, 1]]),
    errors = {},
    ...expectation
  } = facts;
  return checkDistribution(
    { backends: new Map(Object.entries(backends)), unattributed, statuses, errors },
    {
      tolerance: 0.05,
      weights: undefined,
      expectBackends: undefined,
      backendHeader: "X-Backend",
      ...expectation,
    },
  );
}

function verdicts(verdict: DistributionVerdict): Record<string, string> {
  return Object.fromEntries(verdict.backends.map(({ name, verdict }) => [name, verdict]));
}

const weights = (entries: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(entries));

test("passes equal shares and reports share, expectation, deviation and spread", () => {
  const verdict = check({ a: 510, b: 490 });
  expect(verdict).toMatchObject({ pass: true, reasons: [], attributed: 1000, unattributed: 0 });
  expect(verdict.spread).toEqual({ max: 510, min: 490, difference: 20 });
  expect(verdict.backends[0]).toEqual({
    name: "a",
    requests: 510,
    share: 0.51,
    expectedShare: 0.5,
    deviation: expect.closeTo(0.02, 10),
    verdict: "within",
  });
});

test("takes a count exactly on either boundary as within, and one more request as outside", () => {
  expect(verdicts(check({ a: 525, b: 475 }))).toEqual({ a: "within", b: "within" });
  expect(verdicts(check({ a: 526, b: 474 }))).toEqual({ a: "outside", b: "outside" });
});

test("measures the tolerance relative to the expected share, not in percentage points", () => {
  // A third of 6,000 is 2,000; ±5 % of that is 1,900 to 2,100, which is 31.67 % to 35.0 %.
  expect(check({ a: 1900, b: 2000, c: 2100 }).pass).toBe(true);
  expect(verdicts(check({ a: 1899, b: 2000, c: 2101 }))).toEqual({
    a: "outside",
    b: "within",
    c: "outside",
  });
});

test.each([0.01, 0.05, 0.07, 0.1, 0.14, 0.28, 0.29, 0.55, 0.57, 0.58])(
  "has no rounding error at a tolerance of %d",
  (tolerance) => {
    const allowed = Math.round(tolerance * 100);
    expect(check({ a: 100 + allowed, b: 100 - allowed }, { tolerance }).pass).toBe(true);
    expect(check({ a: 101 + allowed, b: 99 - allowed }, { tolerance }).pass).toBe(false);
  },
);

test("accepts nothing but exact counts at a tolerance of zero", () => {
  expect(check({ a: 100, b: 100, c: 100 }, { tolerance: 0 }).pass).toBe(true);
  expect(check({ a: 101, b: 100, c: 99 }, { tolerance: 0 }).pass).toBe(false);
});

test("expects shares in proportion to the weights", () => {
  const verdict = check({ a: 750, b: 250 }, { weights: weights({ a: 3, b: 1 }) });
  expect(verdict.pass).toBe(true);
  expect(verdict.backends.map((backend) => backend.expectedShare)).toEqual([0.75, 0.25]);
  expect(check({ a: 500, b: 500 }, { weights: weights({ a: 3, b: 1 }) }).pass).toBe(false);
});

test("fails when a weighted backend never answers", () => {
  const verdict = check({ a: 1000 }, { weights: weights({ a: 1000, b: 1 }) });
  expect(verdicts(verdict)).toEqual({ a: "within", b: "missing" });
  expect(verdict.reasons).toEqual(["b: expected, and never answered"]);
});

test("fails when a backend without a weight answers", () => {
  const verdict = check({ a: 500, b: 500, c: 1 }, { weights: weights({ a: 1, b: 1 }) });
  expect(verdicts(verdict)).toMatchObject({ c: "unexpected" });
  expect(verdict.backends[2]?.deviation).toBeUndefined();
  expect(verdict.reasons).toEqual(["c: answered, and should get nothing"]);
});

test("expects nothing of a backend with weight zero", () => {
  const drained = { weights: weights({ a: 1, b: 0 }) };
  expect(verdicts(check({ a: 100 }, drained))).toEqual({ a: "within", b: "within" });
  expect(check({ a: 100 }, drained).pass).toBe(true);
  expect(verdicts(check({ a: 99, b: 1 }, drained))).toMatchObject({ b: "unexpected" });
});

test("fails when fewer backends answer than expected, even if those share evenly", () => {
  const verdict = check({ a: 500, b: 500 }, { expectBackends: 3 });
  expect(verdicts(verdict)).toEqual({ a: "outside", b: "outside", "(missing 1)": "missing" });
  expect(verdict.reasons).toContain("(missing 1): expected, and never answered");
});

test("fails when more backends answer than expected", () => {
  const verdict = check({ a: 1, b: 1, c: 1 }, { expectBackends: 2, tolerance: 0.5 });
  expect(verdict.reasons).toEqual(["3 backends answered where 2 were expected"]);
});

test("fails when responses lack the header, and explains the flag", () => {
  const verdict = check({ a: 50, b: 50 }, { unattributed: new Map([[503, 2]]) });
  expect(verdict).toMatchObject({ pass: false, unattributed: 2 });
  expect(verdict.reasons[0]).toBe(
    "2 responses lack the X-Backend header (2 × 503), so nobody knows who answered: " +
      "have each backend send its name, or name the header with --backend-header",
  );
});

test("says that no response has the header when none has", () => {
  const verdict = check({}, { unattributed: new Map([[200, 9]]), backendHeader: "X-Srv" });
  expect(verdict.reasons[0]).toMatch(/^no response has the X-Srv header \(9 × 200\)/);
  expect(verdict.backends).toEqual([]);
});

test("fails without a single response", () => {
  const nothing = check({}, { statuses: new Map(), errors: { refused: 3 } });
  expect(nothing.reasons).toEqual([
    "no response at all, so nothing to judge",
    "3 requests got no complete response",
  ]);
});

test("fails when a request is lost or a response is not 2xx or 3xx, however even the shares", () => {
  const statuses = new Map([
    [200, 97],
    [302, 1],
    [404, 1],
    [500, 1],
  ]);
  const verdict = check({ a: 50, b: 50 }, { statuses, errors: { reset: 1, timeout: 0 } });
  expect(verdict.reasons).toEqual([
    "1 request got no complete response",
    "2 responses were not 2xx or 3xx",
  ]);
});

test("lists backends in natural order", () => {
  const { backends } = check({ "s-10": 1, "s-2": 1, "s-1": 1 });
  expect(backends.map(({ name }) => name)).toEqual(["s-1", "s-2", "s-10"]);
});

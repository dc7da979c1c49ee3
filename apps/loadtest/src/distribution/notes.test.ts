import { expect, test } from "vitest";
import { checkDistribution, type DistributionExpectation } from "./check-distribution.ts";
import { distributionNotes } from "./notes.ts";

function notes(
  backends: Readonly<Record<string, number>>,
  strategy?: string,
  overrides: Partial<DistributionExpectation> = {},
): string[] {
  const expectation: DistributionExpectation = {
    tolerance: 0.05,
    weights: undefined,
    expectBackends: Object.keys(backends).length,
    backendHeader: "X-Backend",
    ...overrides,
  };
  const verdict = checkDistribution(
    {
      backends: new Map(Object.entries(backends)),
      unattributed: new Map(),
      statuses: new Map(),
      errors: {},
    },
    expectation,
  );
  return distributionNotes(verdict, expectation, strategy);
}

test("has nothing to say about a run that says enough itself", () => {
  expect(notes({ a: 500, b: 500 })).toEqual([]);
});

test("says that the seen backends are taken for all when none are named", () => {
  const [several] = notes({ a: 500, b: 500 }, undefined, { expectBackends: undefined });
  expect(several).toMatch(/^2 backends answered and are taken for all there is/);
  const [single] = notes({ a: 500 }, undefined, { expectBackends: undefined });
  expect(single).toMatch(/^only 1 backend answered and is taken for all there is/);
});

test("says when no whole number of requests could pass", () => {
  expect(notes({ a: 4, b: 3, c: 3 })).toEqual([
    "too few requests to pass: a should get 3.33 of 10, and no whole number is within the tolerance",
  ]);
});

test("says what exact round robin would be, and whether this is it", () => {
  expect(notes({ a: 334, b: 333, c: 333 }, "round-robin")).toEqual([
    "exact round-robin would be 333 or 334 each of 1000: it is",
  ]);
  expect(notes({ a: 335, b: 333, c: 332 }, "round-robin")).toEqual([
    "exact round-robin would be 333 or 334 each of 1000: it is not, max−min is 3",
  ]);
});

test("says what exact weighted round robin would be", () => {
  const weights = new Map([
    ["a", 3],
    ["b", 1],
  ]);
  expect(notes({ a: 750, b: 250 }, "weighted-round-robin", { weights })).toEqual([
    "exact weighted-round-robin would be 750, 250 of 1000: it is",
  ]);
});

test("says that chance alone exceeds the tolerance when the strategy draws at random", () => {
  expect(notes({ a: 500, b: 500 }, "random")).toEqual([
    "random picks by chance: with 1000 requests independent draws move a share of 50 % by ±9.5 % (3σ), so this run cannot judge ±5 %; about 3600 requests could",
  ]);
  expect(notes({ a: 1800, b: 1800 }, "random")).toEqual([]);
  expect(notes({ a: 500, b: 500 }, "least-connections")).toEqual([]);
});

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

test("leaves the number of requests to the oracle where the strategy is known", () => {
  expect(notes({ a: 4, b: 3, c: 3 }, "round-robin")).toEqual([]);
});

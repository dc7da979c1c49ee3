import { describe, expect, test } from "vitest";
import { failedPercent, outlier } from "../../test/pool-health.ts";
import { findOutliers, type OutcomeCounts } from "./outlier-statistics.ts";

function outliersOf(counts: ReadonlyMap<string, OutcomeCounts>, changed = {}): string[] {
  return findOutliers(counts, { ...outlier, ...changed }).map(({ id }) => id);
}

/** `failing` of `count` backends fail all of 100 requests, the others none. */
function failAll(failing: number, count: number): Map<string, OutcomeCounts> {
  return failedPercent(...Array.from({ length: count }, (_, index) => (index < failing ? 100 : 0)));
}

/** So that only deviation from the mean finds anybody. */
const byDeviation = { failurePercentage: 2 };

describe("the share of failures", () => {
  test.each([
    [84, []],
    [85, ["b0"]],
    [100, ["b0"]],
  ])("ejects from 85 % on: %d %% failed", (percent, found) => {
    expect(outliersOf(failedPercent(percent, 0))).toEqual(found);
  });

  test("needs 50 requests, and no other backend", () => {
    const failing = (requests: number) => new Map([["b0", { successes: 0, failures: requests }]]);
    expect(outliersOf(failing(49))).toEqual([]);
    expect(outliersOf(failing(50))).toEqual(["b0"]);
  });

  test("says so in words", () => {
    const counts = new Map([["b0", { successes: 27, failures: 313 }]]);
    expect(findOutliers(counts, outlier)).toEqual([
      { id: "b0", reason: "failed 92 % of 340 requests in 10 s" },
    ]);
  });

  test("names the worst first, for whom the cap has room", () => {
    expect(outliersOf(failedPercent(90, 0, 100, 95))).toEqual(["b2", "b3", "b0"]);
  });

  test("a backend without requests is no outlier, whatever the least number", () => {
    expect(outliersOf(failedPercent(), { minRequests: 0 })).toEqual([]);
    const idle = new Map([["b0", { successes: 0, failures: 0 }]]);
    expect(outliersOf(idle, { minRequests: 0 })).toEqual([]);
  });
});

describe("deviation from the pool's success rate", () => {
  test("ejects one of five that fails a third of its requests", () => {
    expect(outliersOf(failedPercent(33, 1, 0, 2, 1))).toEqual(["b0"]);
  });

  test("says so in words", () => {
    const [found] = findOutliers(failedPercent(39, 1, 0, 0, 1), outlier);
    expect(found?.reason).toBe(
      "success rate 61 % is more than 1.9 deviations below the pool's 92 %",
    );
  });

  // One outlier of N lies exactly sqrt(N - 1) deviations away: 1.73 of four, 2 of five.
  test.each([
    [4, []],
    [5, ["b0"]],
  ])("one of %d that fails everything, even if so few were compared", (count, found) => {
    const counts = failAll(1, count);
    expect(outliersOf(counts, { ...byDeviation, minBackends: 2 })).toEqual(found);
  });

  test("is compared only among enough backends with enough requests", () => {
    const counts = failAll(1, 6);
    const compared = { ...byDeviation, minBackends: 6 };
    expect(outliersOf(counts, compared)).toEqual(["b0"]);
    counts.set("b5", { successes: 49, failures: 0 });
    expect(outliersOf(counts, compared)).toEqual([]);
  });

  // A share f that fails alike lies sqrt((1 - f) / f) deviations away; 1 / (1 + 1.9^2) = 21.7 %.
  test.each([
    [21, 21],
    [22, 0],
  ])("of 100 backends %d fail everything: %d are found", (failing, found) => {
    expect(outliersOf(failAll(failing, 100), byDeviation)).toHaveLength(found);
  });

  test("what it cannot see, the share of failures does", () => {
    expect(outliersOf(failAll(50, 100))).toHaveLength(50);
  });

  test("does not eject for a few failures where the others had none", () => {
    const counts = failedPercent(0, 0, 0, 0, 0);
    counts.set("b0", { successes: 999, failures: 1 });
    expect(outliersOf(counts)).toEqual([]);
    expect(outliersOf(failedPercent(6, 0, 0, 0, 0))).toEqual([]);
    expect(outliersOf(failedPercent(7, 0, 0, 0, 0))).toEqual(["b0"]);
  });

  test("ejects nobody when all fail alike", () => {
    expect(outliersOf(failedPercent(60, 60, 60, 60, 60, 60))).toEqual([]);
  });
});

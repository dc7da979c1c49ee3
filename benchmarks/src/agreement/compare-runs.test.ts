import { expect, test } from "vitest";
import { clearPairs, disagreements, measures, quantilesOf } from "./compare-runs.ts";

function quantiles(ms: number) {
  return { meanMs: ms, p50Ms: ms, p99Ms: ms };
}

function simulated(min: number, max: number) {
  const spread = { min, max, median: (min + max) / 2 };
  return { meanMs: spread, p50Ms: spread, p99Ms: spread };
}

test("quantiles are nearest ranks", () => {
  const latencies = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantilesOf(latencies)).toEqual({ meanMs: 50.5, p50Ms: 50, p99Ms: 99 });
  expect(quantilesOf([])).toEqual(quantiles(0));
});

test("a real run among the simulated ones, or near them, agrees", () => {
  const runs = [
    { strategy: "a", simulated: simulated(90, 110), real: quantiles(124) },
    { strategy: "b", simulated: simulated(200, 300), real: quantiles(177) },
  ];
  expect(disagreements(runs)).toEqual([]);
});

test("a quantile farther out is named with both figures", () => {
  const real = { meanMs: 126, p50Ms: 100, p99Ms: 76 };
  expect(disagreements([{ strategy: "a", simulated: simulated(90, 110), real }])).toEqual([
    { strategy: "a", reason: "mean: simulated 90.0 to 110.0 ms, real 126.0 ms" },
    { strategy: "a", reason: "p99: simulated 90.0 to 110.0 ms, real 76.0 ms" },
  ]);
});

test("two strategies that are clearly apart must be in the same order", () => {
  const runs = [
    { strategy: "good", simulated: simulated(90, 110), real: quantiles(250) },
    { strategy: "bad", simulated: simulated(300, 400), real: quantiles(240) },
  ];
  expect(disagreements(runs)).toContainEqual({
    strategy: "good",
    reason: "p99: not better than bad, which the simulation says",
  });
  expect(measures.map((measure) => clearPairs(runs, measure).length)).toEqual([1, 1, 1]);
});

test("of two strategies that chance can bring together no order is promised", () => {
  const runs = [
    { strategy: "one", simulated: simulated(90, 110), real: quantiles(111) },
    { strategy: "other", simulated: simulated(100, 130), real: quantiles(101) },
  ];
  expect(disagreements(runs)).toEqual([]);
  expect(clearPairs(runs, { measure: "meanMs", label: "mean" })).toEqual([]);
});

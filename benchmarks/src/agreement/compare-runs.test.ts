import { expect, test } from "vitest";
import { clearPairs, disagreements, quantilesOf, tolerances } from "./compare-runs.ts";

function quantiles(ms: number) {
  return { meanMs: ms, p50Ms: ms, p99Ms: ms };
}

test("quantiles are nearest ranks", () => {
  const latencies = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantilesOf(latencies)).toEqual({ meanMs: 50.5, p50Ms: 50, p99Ms: 99 });
  expect(quantilesOf([])).toEqual(quantiles(0));
});

test("figures within the stated error agree", () => {
  const runs = [
    { strategy: "a", simulated: quantiles(100), real: quantiles(118) },
    { strategy: "b", simulated: quantiles(200), real: quantiles(180) },
  ];
  expect(disagreements(runs)).toEqual([]);
});

test("a quantile outside its error is named with both figures", () => {
  const real = { meanMs: 120, p50Ms: 100, p99Ms: 100 };
  expect(disagreements([{ strategy: "a", simulated: quantiles(100), real }])).toEqual([
    { strategy: "a", reason: "mean: simulated 100.0 ms, real 120.0 ms" },
  ]);
});

test("two strategies that are clearly apart must be in the same order", () => {
  const runs = [
    { strategy: "good", simulated: quantiles(100), real: quantiles(250) },
    { strategy: "bad", simulated: quantiles(300), real: quantiles(240) },
  ];
  expect(disagreements(runs)).toContainEqual({
    strategy: "good",
    reason: "p99: not better than bad, which the simulation says",
  });
  expect(tolerances.map((one) => clearPairs(runs, one))).toEqual([1, 1, 1]);
});

test("of two strategies close to each other no order is promised", () => {
  const runs = [
    { strategy: "one", simulated: quantiles(100), real: quantiles(111) },
    { strategy: "other", simulated: quantiles(110), real: quantiles(101) },
  ];
  expect(disagreements(runs)).toEqual([]);
});

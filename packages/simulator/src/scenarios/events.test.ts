import { describe, expect, test } from "vitest";
import { ScenarioRuns } from "../../test/scenario-runs.ts";
import type { SimulationResult } from "../index.ts";

function failedShare({ slices }: SimulationResult, fromS: number, toS: number): number {
  const part = slices.slice(fromS, toS);
  const failed = part.reduce((sum, slice) => sum + slice.failed, 0);
  return failed / part.reduce((sum, slice) => sum + slice.arrived, 0);
}

describe("H: two of 20 backends die at 20 s and return at 40 s", () => {
  const without = new ScenarioRuns("h-crash", "no retries", { seeds: [1] });
  const withRetries = new ScenarioRuns("h-crash", "2 retries", { seeds: [1] });

  test("checks take both out within 6 s and bring both back within 4 s", () => {
    const [result] = without.of("round-robin");
    const changes = result?.readiness.filter(({ atMs }) => atMs > 10_000) ?? [];
    expect(changes.map(({ backend, ready }) => `${backend} ${ready}`).toSorted()).toEqual([
      "b0 false",
      "b0 true",
      "b1 false",
      "b1 true",
    ]);
    for (const { atMs, ready } of changes) {
      expect(atMs).toBeGreaterThan(ready ? 40_000 : 20_000);
      expect(atMs).toBeLessThan(ready ? 44_000 : 26_000);
    }
  });

  test("until then round robin loses a tenth and a full scan most; measuring strategies nearly nothing", () => {
    const lost = (strategy: string): number =>
      without.mean(strategy, (result) => failedShare(result, 20, 22));
    expect(lost("round-robin")).toBeCloseTo(0.1, 1.5);
    expect(lost("least-connections")).toBeGreaterThan(0.4);
    expect(lost("power-of-two")).toBeLessThan(0.25);
    expect(lost("peak-ewma")).toBeLessThan(0.02);
    expect(lost("prequal")).toBeLessThan(0.02);
  });

  test("with two retries no client loses anything but what was reset, which a GET may repeat", () => {
    for (const strategy of ["round-robin", "least-connections", "power-of-two", "peak-ewma"]) {
      expect(withRetries.mean(strategy, ({ errorRate }) => errorRate)).toBe(0);
    }
  });

  test("a cold backend that returns hurts who does not look: p99 above a second for seconds", () => {
    const worst = (strategy: string): number =>
      without.mean(strategy, ({ slices }) =>
        Math.max(...slices.slice(41, 48).map(({ latency }) => latency.quantile(0.99))),
      );
    expect(worst("round-robin")).toBeGreaterThan(1_000);
    for (const strategy of ["least-connections", "power-of-two", "prequal"]) {
      expect(worst(strategy)).toBeLessThan(200);
    }
  });
});

describe("I: twenty seconds of overload end at 30 s", () => {
  const failedLate = (cell: string, fromS: number): number =>
    new ScenarioRuns("i-overload", cell, { seeds: [1] }).mean("power-of-two", (result) =>
      failedShare(result, fromS, 145),
    );

  test("without retries the pool has recovered within half a minute", () => {
    expect(failedLate("no retries", 60)).toBe(0);
  });

  test("with naive retries it never does, two minutes later", () => {
    expect(failedLate("3 naive retries", 60)).toBeGreaterThan(0.95);
  });

  test("with a budget of 20 % it does, later than without retries", () => {
    expect(failedLate("3 retries, budget 20 %", 120)).toBe(0);
    expect(failedLate("3 retries, budget 20 %", 60)).toBeGreaterThan(0.1);
  });
});

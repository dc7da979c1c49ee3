import { describe, expect, test } from "vitest";
import { ScenarioRuns } from "../../test/scenario-runs.ts";
import type { SimulationResult } from "../index.ts";

function magnetShare({ backends }: SimulationResult): number {
  return backends[0]?.share ?? 0;
}

describe("E: the share of a backend that answers 500 in a millisecond", () => {
  const runs = new ScenarioRuns("e-magnet", "500 in 1 ms, always", {
    seeds: [1, 2],
    requests: 60_000,
  });

  // algorithms.md section 3.6, table.
  test.each([
    ["power-of-two", 0.095],
    ["peak-ewma, no penalty", 0.1],
  ])("is nearly two twentieths by a choice of two: %s", (strategy, share) => {
    for (const measured of runs.each(strategy, magnetShare)) {
      expect(Math.abs(measured - share)).toBeLessThan(0.005);
      expect(measured).toBeLessThan(0.105);
    }
  });

  test("is about a third by a full scan, six to seven times the fair share", () => {
    for (const measured of runs.each("least-connections", magnetShare)) {
      expect(Math.abs(measured - 0.346)).toBeLessThan(0.06);
    }
  });

  test("is several times the fair share by prequal without aversion, which compares more than two", () => {
    for (const measured of runs.each("prequal, no aversion", magnetShare)) {
      expect(measured).toBeGreaterThan(0.12);
      expect(measured).toBeLessThan(0.25);
    }
  });

  test("is also the error rate", () => {
    for (const result of runs.of("power-of-two")) {
      expect(result.errorRate).toBeCloseTo(magnetShare(result), 9);
    }
  });
});

test("a backend that hangs is no magnet: what waits there counts", () => {
  const runs = new ScenarioRuns("e-magnet", "no answer, given up after 1 s", {
    seeds: [1],
    requests: 40_000,
  });
  expect(runs.mean("least-connections", magnetShare)).toBeLessThan(0.005);
  expect(runs.mean("power-of-two", magnetShare)).toBeLessThan(0.01);
  expect(runs.mean("round-robin", magnetShare)).toBeCloseTo(0.05, 3);
});

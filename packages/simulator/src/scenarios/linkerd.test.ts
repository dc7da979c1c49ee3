import { describe, expect, test } from "vitest";
import { ScenarioRuns } from "../../test/scenario-runs.ts";

const seeds = [1, 2, 3];

describe("D: success within a second while one of 11 backends takes two, for half of the time", () => {
  const runs = new ScenarioRuns("d-linkerd", "clients wait", { seeds });
  // algorithms.md section 12.2; published: 95, 99 and 99.9 %.
  test.each([
    ["round-robin", 0.955],
    ["power-of-two", 0.995],
    ["least-connections", 0.995],
    ["peak-ewma", 0.9992],
    ["least-response-time", 0.9993],
  ])("%s: %f, within 0.003, with every seed", (strategy, share) => {
    for (const measured of runs.each(strategy, ({ withinDeadline }) => withinDeadline)) {
      expect(Math.abs(measured - share)).toBeLessThan(0.003);
    }
  });
});

describe("D, when clients leave after the second, as those of the experiment did", () => {
  const runs = new ScenarioRuns("d-linkerd", "clients leave after 1 s", { seeds });
  test.each([
    ["round-robin", 0.95, 0.01],
    ["least-connections", 0.99, 0.003],
    ["peak-ewma", 0.999, 0.002],
  ])("%s reaches the published %f, within %f", (strategy, published, tolerance) => {
    for (const measured of runs.each(strategy, ({ withinDeadline }) => withinDeadline)) {
      expect(Math.abs(measured - published)).toBeLessThan(tolerance);
    }
  });
});

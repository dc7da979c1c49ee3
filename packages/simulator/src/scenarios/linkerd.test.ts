import { describe, expect, test } from "vitest";
import { ScenarioRuns } from "../../test/scenario-runs.ts";

const seeds = [1, 2, 3];

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

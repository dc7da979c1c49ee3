import { expect } from "vitest";
import type { SimulationResult } from "../src/index.ts";
import type { ScenarioRuns } from "./scenario-runs.ts";

/**
 * With every seed each contender of a group is below each one of the next group. Contenders in one
 * group may come in any order.
 */
export function expectOrdering(
  runs: ScenarioRuns,
  measure: (result: SimulationResult) => number,
  groups: readonly (readonly string[])[],
): void {
  for (const [index, group] of groups.slice(1).entries()) {
    for (const better of groups[index] ?? []) {
      for (const worse of group) {
        const worseValues = runs.each(worse, measure);
        runs.each(better, measure).forEach((value, seed) => {
          expect(value, `${better} before ${worse}`).toBeLessThan(worseValues[seed] ?? Number.NaN);
        });
      }
    }
  }
}

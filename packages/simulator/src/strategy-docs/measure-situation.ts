import type { Figure } from "../report/page/bar-panels.ts";
import { runCell } from "../run-cell.ts";
import { type Situation, cellOf } from "./situations.ts";

/** The median of this many runs, so that no figure is one seed's luck. */
const seeds = [1, 2, 3];

/** Every contender of the situation's cell, least first; of equals, in the registry's order. */
export function measureSituation(situation: Situation, requests: number): readonly Figure[] {
  const cell = cellOf(situation);
  return cell.contenders
    .map((contender): Figure => {
      const values = seeds.map((seed) =>
        situation.measure(runCell(cell, contender, seed, requests)),
      );
      const [, median = 0] = values.toSorted((one, other) => one - other);
      return { strategy: contender.name, value: median };
    })
    .toSorted((one, other) => one.value - other.value);
}

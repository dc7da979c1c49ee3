import { type StrategyName, strategyNames } from "@evenkeel/core";
import {
  type Situation,
  cellOf,
  hashingSituations,
  spreadingSituations,
  weightedSituations,
} from "./situations.ts";

/** The situations in whose cells a strategy competes; one that competes nowhere has no picture. */
export function picturedBy(): ReadonlyMap<StrategyName, readonly Situation[]> {
  const sets = [spreadingSituations, weightedSituations, hashingSituations];
  const entries = strategyNames.flatMap((name): [StrategyName, readonly Situation[]][] => {
    const found = sets.find(([situation]) =>
      situation === undefined
        ? false
        : cellOf(situation).contenders.some((contender) => contender.name === name),
    );
    return found === undefined ? [] : [[name, found]];
  });
  return new Map(entries);
}

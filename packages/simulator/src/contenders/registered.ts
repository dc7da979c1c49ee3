import {
  defaultChoice,
  hashKeyOf,
  type OptionValue,
  strategyHonoursWeights,
  type StrategyName,
  strategyNames,
} from "@evenkeel/core";
import { production, type StrategyUnderTest } from "../engine/strategy-under-test.ts";

/** Of the registry, with its defaults. */
export function registered(...names: readonly StrategyName[]): readonly StrategyUnderTest[] {
  return names.map((name) => production(defaultChoice(name)));
}

/** One of the registry with other options, under a name that says so. */
export function variant(
  type: StrategyName,
  options: Readonly<Record<string, OptionValue>>,
  name: string,
): StrategyUnderTest {
  return production({ type, options: { ...defaultChoice(type).options, ...options } }, name);
}

function hashes(name: StrategyName): boolean {
  return hashKeyOf(defaultChoice(name)) !== undefined;
}

/** Those that may send a request anywhere and want the load even: neither `first` nor any that hashes. */
export const spreadingNames: readonly StrategyName[] = strategyNames.filter(
  (name) => name !== "first" && !hashes(name),
);

/** Those that send a key where it was sent before. */
export const hashingNames: readonly StrategyName[] = strategyNames.filter(hashes);

/** Without those that are the same thing when all weights are equal. */
export const unweightedSpreaders: readonly StrategyUnderTest[] = registered(
  ...spreadingNames.filter((name) => !name.startsWith("weighted-")),
);

export const weightedSpreaders: readonly StrategyUnderTest[] = registered(
  ...spreadingNames.filter(strategyHonoursWeights),
);

import { createRoundRobin } from "./round-robin.ts";
import type { StrategyFactory } from "./strategy.ts";

/** The names that configuration, admin API and `--strategy` accept. */
export const strategyNames = ["round-robin"] as const;

export type StrategyName = (typeof strategyNames)[number];

/** A name without a factory is a compile error. */
export const strategies: Readonly<Record<StrategyName, StrategyFactory>> = {
  "round-robin": createRoundRobin,
};

const honoursWeights: Readonly<Record<StrategyName, boolean>> = {
  "round-robin": false,
};

/** False when the strategy would ignore a backend's weight, which makes one a configuration error. */
export function strategyHonoursWeights(name: StrategyName): boolean {
  return honoursWeights[name];
}

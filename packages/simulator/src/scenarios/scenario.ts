import type { PoolSimulationOptions } from "../engine/pool-simulation.ts";
import type { RetrySettings } from "../engine/retry-rule.ts";
import type { StrategyUnderTest } from "../engine/strategy-under-test.ts";

/** A pool and its traffic; who balances it, and with which seed, is said later. */
export type Setup = Omit<PoolSimulationOptions, "strategy" | "seed">;

/** One question to all contenders. */
export interface Cell {
  readonly name: string;
  readonly setup: Setup;
  readonly contenders: readonly StrategyUnderTest[];
}

/** One file of this folder. Numbers and names are those of algorithms.md section 12. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What one can see in it. */
  readonly shows: string;
  /** Something happens at a fixed time, so the number of requests is part of it. */
  readonly isTimed: boolean;
  readonly cells: readonly Cell[];
}

/** One way; there and back takes half a millisecond (section 12.1). */
export const networkDelayMs = 0.25;

/** What the servers of most scenarios are: 20 of 4 slots with a mean of 20 ms do 4,000 requests a second. */
export const usualService: { readonly kind: "exp"; readonly meanMs: 20 } = {
  kind: "exp",
  meanMs: 20,
};
export const usualCount = 20;
export const usualSlots = 4;
export const usualCapacityPerSecond: number =
  (usualCount * usualSlots * 1000) / usualService.meanMs;

/** The defaults of a configuration but for the numbers: a timeout is the end of a request here. */
export function usualRetries(maxRetries: number): RetrySettings {
  return {
    maxRetries,
    maxTimeoutRetries: 0,
    budget: 0.2,
    minRetriesPerSecond: 10,
    statuses: [],
    backoffMs: 25,
    maxBackoffMs: 250,
  };
}

/** For p99.9 (section 12.1). */
export const usualRequests = 200_000;

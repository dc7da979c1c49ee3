import type { Random } from "../runtime.ts";

/** Every backend present at start has its first check within this time, in milliseconds. */
const firstChecksWithinMs = 1000;

/**
 * Delay of the first check of backend `index` of `count` (1 or more), in [0, 1000) ms. Each backend
 * gets its own share of that second, and a random moment in it: several balancers that start together
 * do not check in phase.
 */
export function firstCheckDelayMs(index: number, count: number, random: Random): number {
  return ((index + random()) * firstChecksWithinMs) / count;
}

export interface CheckTiming {
  readonly intervalMs: number;
  /** Used while a verdict is in transition, unless the interval is shorter still. */
  readonly fastIntervalMs: number;
  /** Share of the interval, 0 to 1: 0.2 gives 80 % to 120 % of it. */
  readonly jitter: number;
  /** `RiseFall.inTransition`. */
  readonly inTransition: boolean;
}

/** Delay until the next check in milliseconds: the interval ± jitter, uniform (HAProxy: spread-checks). */
export function nextCheckDelayMs(timing: CheckTiming, random: Random): number {
  const { intervalMs, fastIntervalMs, jitter, inTransition } = timing;
  const baseMs = inTransition ? Math.min(intervalMs, fastIntervalMs) : intervalMs;
  return baseMs * (1 + jitter * (2 * random() - 1));
}

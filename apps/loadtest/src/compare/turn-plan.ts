import { loadDefaults } from "../load/load-options.ts";
import type { RunOptions } from "../load/run-options.ts";

/**
 * How long a turn is. What disturbs a machine lasts for seconds: of turns that are shorter both of a pair have
 * the same share, and there are enough of them to see what is left.
 */
const turnMs = 1000;

/** How runs are cut into turns. */
export interface TurnPlan {
  readonly turns: number;
  /** What a side's options become in its n-th turn, counted from 0. */
  readonly optionsOf: (options: RunOptions, turn: number) => RunOptions;
}

/**
 * Cuts `runs` runs of each side into turns of about a second. A run stays whole where it has to: where it is
 * so many requests or has stages, and where a command comes before each (`isWhole`).
 */
export function planTurns(
  sides: readonly RunOptions[],
  { runs, isWhole }: { readonly runs: number; readonly isWhole: boolean },
): TurnPlan {
  const parts = isWhole ? 1 : Math.max(1, Math.min(...sides.map(partsOf)));
  return {
    turns: runs * parts,
    optionsOf: (options, turn) => ({
      ...options,
      seed: (options.seed ?? loadDefaults.seed) + turn,
      ...(parts === 1 ? {} : { durationMs: durationOf(options) / parts }),
      // The threads and the target are still warm from the turn before.
      ...(turn % parts === 0 ? {} : { warmupMs: undefined }),
    }),
  };
}

function partsOf(options: RunOptions): number {
  const { requests, stages, profile } = options;
  if (requests !== undefined || stages !== undefined || profile !== undefined) return 1;
  return Math.floor(durationOf(options) / turnMs);
}

function durationOf({ durationMs }: RunOptions): number {
  return durationMs ?? loadDefaults.durationMs;
}

import type { NoOptions, StrategyDefinition } from "./definition.ts";

/**
 * Each ready backend in turn, exact over all workers because they share one sequence: while the ready
 * list stays the same, first attempts per backend differ by at most 1. Ignores weights.
 *
 * It indexes the ready list. Scanning the members past an unready one would double the load of that
 * one's successor. When the sequence wraps at 2^32 a turn may be cut short, once in 4 billion requests.
 */
export const roundRobin: StrategyDefinition<NoOptions> = {
  honoursWeights: false,
  options: {},
  create: (deps) => ({
    rebuild() {},
    pick(ready) {
      return ready.length === 0 ? undefined : ready[deps.nextSequence() % ready.length];
    },
  }),
};

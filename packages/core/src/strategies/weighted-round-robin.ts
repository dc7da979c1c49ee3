import type { Backend } from "../backend.ts";
import type { NoOptions, StrategyDefinition } from "./definition.ts";
import { drawByWeight } from "./draw-by-weight.ts";
import { weightedSequence } from "./weighted-sequence.ts";

const nothing: readonly Backend[] = [];

/**
 * Smooth weighted round robin: `{5,1,1}` gives a a b a c a a, and each backend gets exactly its weight
 * in every period of Σw / gcd(w) first attempts while the ready list stays the same, over all workers,
 * because a position of the shared sequence says the pick. No state is kept between picks, so a change
 * of members or weights resets nobody: the sequence goes on over the new list, and no backend is ahead
 * or behind by more than a period.
 *
 * The list of one period is made again when the ready list changes, which costs the period times the
 * number of distinct weights.
 */
export const weightedRoundRobin: StrategyDefinition<NoOptions> = {
  honoursWeights: true,
  options: {},
  create: (deps) => {
    let listed = nothing;
    let sequence = weightedSequence(listed);
    return {
      rebuild() {},
      pick(ready, { isRetry }) {
        if (isRetry) return drawByWeight(ready, deps.random);
        if (ready.length === 0) return undefined;
        if (ready !== listed) {
          listed = ready;
          sequence = weightedSequence(ready);
        }
        return ready[sequence[deps.nextSequence() % sequence.length] as number];
      },
    };
  },
};

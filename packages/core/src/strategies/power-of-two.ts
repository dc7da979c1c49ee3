import type { Backend } from "../backend.ts";
import type { NoOptions, StrategyDefinition } from "./definition.ts";
import { drawPair } from "./draw-pair.ts";

/**
 * Two distinct backends at random, of them the one with the less `(requests in flight + 1) / weight`
 * (Mitzenmacher 2001). Distinct, because drawing with replacement keeps the worse of two backends at a
 * quarter of the traffic. A tie goes to the first drawn, which is as likely either of the two.
 *
 * A backend that fails fast draws at most 2/N of the traffic, where a full scan would send it most.
 */
export const powerOfTwo: StrategyDefinition<NoOptions> = {
  honoursWeights: true,
  options: {},
  create: (deps) => {
    const loadOf = (backend: Backend): number => (deps.inFlight(backend) + 1) / backend.weight;
    return {
      rebuild() {},
      pick(ready) {
        if (ready.length < 2) return ready[0];
        const { first, second } = drawPair(ready, deps.random);
        return loadOf(second) < loadOf(first) ? second : first;
      },
      explain: (backend) => ({ load: loadOf(backend) }),
    };
  },
};

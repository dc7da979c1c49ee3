import type { Backend } from "../backend.ts";
import type { NoOptions, StrategyDefinition } from "./definition.ts";
import { drawBelow } from "./draw-below.ts";

/**
 * The backend with the least `(requests in flight + 1) / weight`, ties broken at random with equal
 * chances. Counts are those of all workers and include nothing else, so a pick
 * exceeds the least load only by what other workers take between our read and our count: at most one
 * request per other worker.
 *
 * The tie-break must be random: at low load everything is a tie, and with a fixed order several
 * balancers do worse than picking at random (algorithms.md section 2).
 */
export const leastConnections: StrategyDefinition<NoOptions> = {
  honoursWeights: true,
  options: {},
  create: (deps) => {
    let ties = new Uint32Array(0);
    return {
      rebuild() {},
      pick(ready) {
        if (ties.length < ready.length) ties = new Uint32Array(ready.length);
        let least = Infinity;
        let tied = 0;
        for (let index = 0; index < ready.length; index++) {
          const backend = ready[index] as Backend;
          const load = (deps.inFlight(backend) + 1) / backend.weight;
          if (load > least) continue;
          if (load < least) tied = 0;
          least = load;
          ties[tied++] = index;
        }
        return tied === 0 ? undefined : ready[ties[drawBelow(tied, deps.random)] as number];
      },
      explain: (backend) => ({ load: (deps.inFlight(backend) + 1) / backend.weight }),
    };
  },
};

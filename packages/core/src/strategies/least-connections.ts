import type { Backend } from "../backend.ts";
import type { NoOptions, StrategyDefinition } from "./definition.ts";

/**
 * The backend with the least `(requests in flight + 1) / weight`, ties broken at random with equal
 * chances (reservoir of one). Counts are those of all workers and include nothing else, so a pick
 * exceeds the least load only by what other workers take between our read and our count: at most one
 * request per other worker.
 *
 * The tie-break must be random: at low load everything is a tie, and with a fixed order several
 * balancers do worse than picking at random (algorithms.md section 2).
 */
export const leastConnections: StrategyDefinition<NoOptions> = {
  honoursWeights: true,
  options: {},
  create: (deps) => ({
    rebuild() {},
    pick(ready) {
      let best: Backend | undefined;
      let least = Infinity;
      let ties = 0;
      for (let index = 0; index < ready.length; index++) {
        const backend = ready[index] as Backend;
        const load = (deps.inFlight(backend) + 1) / backend.weight;
        if (load > least) continue;
        ties = load < least ? 1 : ties + 1;
        least = load;
        if (ties === 1 || deps.random() * ties < 1) best = backend;
      }
      return best;
    },
  }),
};

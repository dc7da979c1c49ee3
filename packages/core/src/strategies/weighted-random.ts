import type { Backend } from "../backend.ts";
import { AliasTable } from "./alias-table.ts";
import type { NoOptions, StrategyDefinition } from "./definition.ts";
import { drawByWeight } from "./draw-by-weight.ts";

const nothing: readonly Backend[] = [];

/** Any ready backend, as often as its share of the weights. Needs no shared state. */
export const weightedRandom: StrategyDefinition<NoOptions> = {
  honoursWeights: true,
  options: {},
  create: (deps) => {
    let listed = nothing;
    let table = new AliasTable([]);
    return {
      rebuild() {},
      pick(ready, { isRetry }) {
        if (isRetry) return drawByWeight(ready, deps.random);
        if (ready.length === 0) return undefined;
        if (ready !== listed) {
          listed = ready;
          table = new AliasTable(ready.map(({ weight }) => weight));
        }
        return ready[table.draw(deps.random)];
      },
    };
  },
};

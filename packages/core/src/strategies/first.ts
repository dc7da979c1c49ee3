import type { NoOptions, StrategyDefinition } from "./definition.ts";

/** The first ready backend in configuration order; the others wait until it is not ready. */
export const first: StrategyDefinition<NoOptions> = {
  honoursWeights: false,
  options: {},
  create: () => ({
    rebuild() {},
    pick: (ready) => ready[0],
  }),
};

import type { NoOptions, StrategyDefinition } from "./definition.ts";

/** Any ready backend, each with the same chance. Needs no shared state; ignores weights. */
export const random: StrategyDefinition<NoOptions> = {
  honoursWeights: false,
  options: {},
  create: (deps) => ({
    rebuild() {},
    pick(ready) {
      return ready.length === 0 ? undefined : ready[Math.floor(deps.random() * ready.length)];
    },
  }),
};

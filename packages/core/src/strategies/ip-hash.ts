import type { NoOptions, StrategyDefinition } from "./definition.ts";
import { HashRing } from "./hash-ring.ts";
import { createKeyAffinity } from "./key-affinity.ts";

/** As consistent-hash's default. */
const virtualNodes = 160;

/** The backend to which the client's address belongs on a hash ring: consistent-hash with nothing to choose. */
export const ipHash: StrategyDefinition<NoOptions> = {
  honoursWeights: true,
  options: {},
  fixedKey: { from: "client-ip" },
  create: (deps) => createKeyAffinity(deps, new HashRing(virtualNodes)),
};

import type { StrategyUnderTest } from "../engine/strategy-under-test.ts";
import { unregistered } from "./unregistered.ts";

/**
 * Least connections that gives a tie to the first in the list. Balancers that do not see each other's
 * requests then all fill the list from the top (algorithms.md section 2).
 */
export const fixedOrderLeastConnections: StrategyUnderTest = unregistered(
  "least-connections, fixed ties",
  (deps) => ({
    rebuild() {},
    pick: (ready) =>
      ready.reduce<(typeof ready)[number] | undefined>((best, backend) => {
        const isBetter = best === undefined || deps.inFlight(backend) < deps.inFlight(best);
        return isBetter ? backend : best;
      }, undefined),
  }),
);

import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { simulatedBackends } from "../engine/simulated-backend.ts";
import type { Scenario } from "./scenario.ts";

const service = { kind: "exp", meanMs: 40 } as const;
const requests = 200_000;

/** What real test-backends of the same capacity are compared with. */
export const agreementEqual: Scenario = {
  name: "agreement-equal",
  title: "For comparison with real processes: 8 backends of 2 slots, 320/s",
  shows: "quantiles at 0.8 of the capacity, to be met by `evenkeel backend` with the same capacity",
  isTimed: false,
  cells: [
    {
      name: "320/s",
      setup: {
        backends: simulatedBackends(8, { slots: 2 }),
        load: steadyLoad(320),
        requests,
        service,
      },
      contenders: unweightedSpreaders,
    },
  ],
};

/** Nobody tells the strategies who has three slots. */
export const agreementUnequal: Scenario = {
  name: "agreement-unequal",
  title: "For comparison with real processes: 4 backends of 3 slots and 4 of 1, 160/s",
  shows:
    "quantiles at 0.4 of the capacity when capacities differ and no weight says so: turns fill the " +
    "small ones to 0.8",
  isTimed: false,
  cells: [
    {
      name: "160/s",
      setup: {
        backends: [...simulatedBackends(4, { slots: 3 }), ...simulatedBackends(4, { slots: 1 }, 4)],
        load: steadyLoad(160),
        requests,
        service,
      },
      contenders: unweightedSpreaders,
    },
  ],
};

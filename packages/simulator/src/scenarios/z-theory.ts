import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { simulatedBackends } from "../engine/simulated-backend.ts";
import type { Scenario } from "./scenario.ts";

const backends = 100;
const utilisation = 0.9;

/** What queueing theory can work out: 100 servers of one slot, exponential service, Poisson arrivals. */
export const theory: Scenario = {
  name: "z-theory",
  title: "Theory: 100 × M/M/1 at 90 %",
  shows:
    "mean time in units of the mean service: random 10.0 (M/M/1), round robin 5.18 (D/M/1), " +
    "power of two 2.61 (supermarket model), least connections about 1.07",
  isTimed: false,
  cells: [
    {
      name: "load 0.9",
      setup: {
        backends: simulatedBackends(backends),
        load: steadyLoad(backends * utilisation * 1000),
        requests: 1_000_000,
        service: { kind: "exp", meanMs: 1 },
      },
      contenders: unweightedSpreaders,
    },
  ],
};

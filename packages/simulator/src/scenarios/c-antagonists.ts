import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { type SimulatedBackend, simulatedBackends } from "../engine/simulated-backend.ts";
import {
  type Cell,
  networkDelayMs,
  type Scenario,
  usualCapacityPerSecond,
  usualCount,
  usualRequests,
  usualService,
  usualSlots,
} from "./scenario.ts";

/** Each backend works at a third of its speed for exp(2 s), every exp(8 s): 0.867 of its capacity on average. */
export function antagonisedPool(queue: number = Infinity): readonly SimulatedBackend[] {
  const antagonist = { speed: 1 / 3, onMs: 2_000, offMs: 8_000 };
  return simulatedBackends(usualCount, { slots: usualSlots, antagonist, queue });
}

/** What is left beside the antagonists, on average: four fifths of the time all, else a third. */
export const antagonisedCapacityPerSecond: number = usualCapacityPerSecond * (0.8 + 0.2 / 3);

export function antagonisedCell(utilisation: number, balancers = 1): Cell {
  return {
    name: balancers === 1 ? `load ${utilisation}` : `${balancers} balancers`,
    setup: {
      backends: antagonisedPool(),
      load: steadyLoad(utilisation * antagonisedCapacityPerSecond),
      requests: usualRequests,
      service: usualService,
      delayMs: networkDelayMs,
      balancers,
    },
    contenders: unweightedSpreaders,
  };
}

export const antagonists: Scenario = {
  name: "c-antagonists",
  title: "Neighbours that take the processor away for seconds",
  shows:
    "strategies that do not look let requests pile up behind a backend that is slow for a moment: " +
    "their p99 is seconds, that of the others little more than usual",
  isTimed: false,
  cells: [0.6, 0.7, 0.75, 0.8, 0.85].map((utilisation) => antagonisedCell(utilisation)),
};

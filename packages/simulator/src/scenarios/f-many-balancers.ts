import { fixedOrderLeastConnections } from "../contenders/fixed-order-least-connections.ts";
import { naivePrequal } from "../contenders/naive-prequal.ts";
import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { simulatedBackends } from "../engine/simulated-backend.ts";
import {
  networkDelayMs,
  type Scenario,
  usualCapacityPerSecond,
  usualCount,
  usualRequests,
  usualService,
  usualSlots,
} from "./scenario.ts";

export const manyBalancers: Scenario = {
  name: "f-many-balancers",
  title: "1 to 64 balancers that do not see each other's requests, load 0.8",
  shows:
    "counting what is in flight loses worth with each balancer that counts for itself; ties that go " +
    "to the first backend make it worse than picking at random; one that believes old probes herds",
  isTimed: false,
  cells: [1, 4, 16, 64].map((balancers) => ({
    name: balancers === 1 ? "1 balancer" : `${balancers} balancers`,
    setup: {
      backends: simulatedBackends(usualCount, { slots: usualSlots }),
      load: steadyLoad(0.8 * usualCapacityPerSecond),
      requests: usualRequests,
      service: usualService,
      delayMs: networkDelayMs,
      balancers,
    },
    contenders: [...unweightedSpreaders, fixedOrderLeastConnections, naivePrequal],
  })),
};

import { unweightedSpreaders, variant } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { type Fault, simulatedBackend, simulatedBackends } from "../engine/simulated-backend.ts";
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

const always = { fromMs: 0, toMs: Infinity };

/** Only the failure's own millisecond is counted, as Finagle, tower and Envoy do. */
const withoutPenalty = [
  variant("peak-ewma", { penalty: 1 }, "peak-ewma, no penalty"),
  variant("least-response-time", { penalty: 1 }, "least-response-time, no penalty"),
  variant("prequal", { errorAversion: 0 }, "prequal, no aversion"),
];

function cell(name: string, fault: Fault): Cell {
  return {
    name,
    setup: {
      backends: [
        simulatedBackend({ id: "b0", slots: usualSlots, faults: [fault] }),
        ...simulatedBackends(usualCount - 1, { slots: usualSlots }, 1),
      ],
      load: steadyLoad(0.6 * usualCapacityPerSecond),
      requests: usualRequests,
      service: usualService,
      delayMs: networkDelayMs,
      attemptTimeoutMs: 1_000,
    },
    contenders: [...unweightedSpreaders, ...withoutPenalty],
  };
}

function fastError(share: number, status: number): Fault {
  return { ...always, kind: "error", share, status, takesMs: 1 };
}

/** Nothing is ejected here: core has no outlier detection yet. */
export const magnet: Scenario = {
  name: "e-magnet",
  title: "One of 20 backends fails, and does so in a millisecond",
  shows:
    "the share of b0, which is also the error rate: a backend that fails fast looks idle. Round " +
    "robin gives it 1/20, choices of two at most 2/20, a full scan seven times its share; only a " +
    "penalty for failures keeps traffic away",
  isTimed: false,
  cells: [
    cell("500 in 1 ms, always", fastError(1, 500)),
    cell("500 in 1 ms, half of the time", fastError(0.5, 500)),
    cell("500 in 1 ms, one in ten", fastError(0.1, 500)),
    cell("429 in 1 ms, always", fastError(1, 429)),
    cell("no answer, given up after 1 s", { ...always, kind: "hang", share: 1 }),
  ],
};

import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { type Distribution, withMean } from "../engine/distribution.ts";
import { simulatedBackends } from "../engine/simulated-backend.ts";
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

const meanMs = usualService.meanMs;

/** All with a mean of 20 ms, from no variance at all to a coefficient of variation of 2.9. */
const services: Readonly<Record<string, Distribution>> = {
  const: { kind: "const", valueMs: meanMs },
  normal: withMean({ kind: "normal", centreMs: meanMs, deviationMs: meanMs }, meanMs),
  exp: usualService,
  bimodal: { kind: "bimodal", usualMs: 10, rareMs: 210, rareShare: 0.05 },
  lognormal: withMean({ kind: "lognormal", medianMs: meanMs, sigma: 1.5 }, meanMs),
};

const utilisations = [0.5, 0.7, 0.8, 0.9, 0.95];

function cell(name: string, service: Distribution, utilisation: number): Cell {
  return {
    name: `${name} ${utilisation}`,
    setup: {
      backends: simulatedBackends(usualCount, { slots: usualSlots }),
      load: steadyLoad(utilisation * usualCapacityPerSecond),
      requests: usualRequests,
      service,
      delayMs: networkDelayMs,
    },
    contenders: unweightedSpreaders,
  };
}

export const homogeneous: Scenario = {
  name: "a-homogeneous",
  title: "Equal backends, five kinds of service, five loads",
  shows:
    "the more service times vary and the higher the load, the more is won by looking at what is in " +
    "flight; with constant service and low load round robin is as good as any",
  isTimed: false,
  cells: Object.entries(services).flatMap(([name, service]) =>
    utilisations.map((utilisation) => cell(name, service, utilisation)),
  ),
};

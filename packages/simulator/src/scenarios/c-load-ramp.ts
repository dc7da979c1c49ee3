import { unweightedSpreaders } from "../contenders/registered.ts";
import { antagonisedCapacityPerSecond, antagonisedPool } from "./c-antagonists.ts";
import { networkDelayMs, type Scenario, usualService } from "./scenario.ts";

const stepMs = 10_000;

/** From 0.75 to 1.74 of the mean capacity in nine steps, as in the paper's figure 6. */
export const rampLoads: readonly number[] = Array.from(
  { length: 9 },
  (_, step) => 0.75 * (10 / 9) ** step,
);

const steps = rampLoads.map((load, step) => ({
  fromMs: step * stepMs,
  perSecond: load * antagonisedCapacityPerSecond,
}));

export const loadRamp: Scenario = {
  name: "c-load-ramp",
  title: "Antagonists and a load that rises from 0.75 to 1.74 of the capacity",
  shows:
    "which strategy keeps the errors at what nobody can avoid, and from which load on the others " +
    "fail requests that there is capacity for",
  isTimed: true,
  cells: [
    {
      name: "ramp",
      setup: {
        backends: antagonisedPool(100),
        load: { steps, spacing: "poisson", bursts: null },
        requests: Math.round(
          steps.reduce((sum, { perSecond }) => sum + (perSecond * stepMs) / 1000, 0),
        ),
        service: usualService,
        delayMs: networkDelayMs,
        patienceMs: 5_000,
        warmup: 0,
        sliceMs: stepMs,
      },
      contenders: unweightedSpreaders,
    },
  ],
};

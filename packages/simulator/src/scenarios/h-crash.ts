import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { productionRetries } from "../engine/retry-rule.ts";
import { simulatedBackends } from "../engine/simulated-backend.ts";
import {
  networkDelayMs,
  type Scenario,
  usualCapacityPerSecond,
  usualCount,
  usualRetries,
  usualService,
  usualSlots,
} from "./scenario.ts";

const downMs = { fromMs: 20_000, toMs: 40_000 };
/** A cold cache: three times slower for five seconds. */
const coldMs = { fromMs: downMs.toMs, toMs: downMs.toMs + 5_000, speed: 1 / 3 };
const perSecond = 0.7 * usualCapacityPerSecond;
const durationS = 60;

export const crash: Scenario = {
  name: "h-crash",
  title: "Two of 20 backends die at 20 s and come back cold at 40 s",
  shows:
    "checks every 2 s (3 to fall, 2 to rise) take them out within 6 s; with retries only what was " +
    "in flight is lost; without slow start a full scan sends a cold backend all it can get",
  isTimed: true,
  cells: [0, 2].map((maxRetries) => ({
    name: maxRetries === 0 ? "no retries" : `${maxRetries} retries`,
    setup: {
      backends: [
        ...simulatedBackends(2, { slots: usualSlots, down: [downMs], speedSpans: [coldMs] }),
        ...simulatedBackends(usualCount - 2, { slots: usualSlots }, 2),
      ],
      load: steadyLoad(perSecond),
      requests: perSecond * durationS,
      warmup: 0,
      service: usualService,
      delayMs: networkDelayMs,
      sliceMs: 1_000,
      // The breaker that stops the first failures, and so keeps retries within a budget, is not simulated.
      retries: () => productionRetries({ ...usualRetries(maxRetries), budget: null }),
      checks: {
        intervalMs: 2_000,
        fastIntervalMs: 1_000,
        jitter: 0.2,
        unhealthyThreshold: 3,
        healthyThreshold: 2,
      },
    },
    contenders: unweightedSpreaders,
  })),
};

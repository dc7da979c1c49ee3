import { budgetedRetries } from "../contenders/budgeted-retries.ts";
import { registered } from "../contenders/registered.ts";
import { naiveRetries, type RetryRule } from "../engine/retry-rule.ts";
import { simulatedBackends } from "../engine/simulated-backend.ts";
import {
  networkDelayMs,
  type Scenario,
  usualCapacityPerSecond,
  usualCount,
  usualService,
  usualSlots,
} from "./scenario.ts";

/** A quarter of the usual pool: what counts is seconds of backlog, and those are the same. */
const count = usualCount / 4;
const capacityPerSecond = usualCapacityPerSecond / 4;
const calm = 0.7 * capacityPerSecond;
const overload = 1.3 * capacityPerSecond;
const calmAgainS = 120;

/** Ten calm seconds, twenty of overload, then calm. */
const steps = [
  { fromMs: 0, perSecond: calm },
  { fromMs: 10_000, perSecond: overload },
  { fromMs: 30_000, perSecond: calm },
];

const rules: Readonly<Record<string, () => RetryRule>> = {
  "no retries": () => naiveRetries(0),
  "3 naive retries": () => naiveRetries(3),
  "3 retries, budget 20 %": () => budgetedRetries(3, 0.2),
};

export const overloaded: Scenario = {
  name: "i-overload",
  title: "20 s of overload, then 0.7 of the capacity again, with three kinds of retries",
  shows:
    "when the overload is over, naive retries keep the pool overloaded by themselves: it does not " +
    "recover. A budget of 20 % bounds what they add",
  isTimed: true,
  cells: Object.entries(rules).map(([name, retries]) => ({
    name,
    setup: {
      backends: simulatedBackends(count, { slots: usualSlots }),
      load: { steps, spacing: "poisson", bursts: null },
      requests: calm * (10 + calmAgainS) + overload * 20,
      warmup: 0,
      service: usualService,
      delayMs: networkDelayMs,
      attemptTimeoutMs: 1_000,
      sliceMs: 1_000,
      retries,
    },
    contenders: registered("round-robin", "least-connections", "power-of-two"),
  })),
};

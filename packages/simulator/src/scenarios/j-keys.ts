import { hashingNames, registered, variant } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { simulatedBackend, simulatedBackends } from "../engine/simulated-backend.ts";
import type { Cell, Scenario, Setup } from "./scenario.ts";

const count = 10;
const contenders = [
  ...registered(...hashingNames),
  ...[2, 1.5, 1.25, 1.1].map((bound) =>
    variant(
      "consistent-hash",
      { boundedLoad: bound },
      `consistent-hash, bound ${Math.round(bound * 100)} %`,
    ),
  ),
  ...registered("least-connections"),
];

/** 200 requests in flight on average (Little: 2,000/s × 0.1 s), 2,000 keys by Zipf's law. */
const setup: Setup = {
  backends: simulatedBackends(count, { slots: Infinity }),
  load: steadyLoad(2_000),
  requests: 200_000,
  service: { kind: "exp", meanMs: 100 },
  keys: { count: 2_000, exponent: 1 },
};

const checks = { intervalMs: 1_000, fastIntervalMs: 200, jitter: 0.2 };

const leaving: Cell = {
  name: "b0 leaves for half of the time",
  setup: {
    ...setup,
    backends: [
      simulatedBackend({ id: "b0", slots: Infinity, down: [{ fromMs: 40_000, toMs: 80_000 }] }),
      ...simulatedBackends(count - 1, { slots: Infinity }, 1),
    ],
    checks: { ...checks, unhealthyThreshold: 3, healthyThreshold: 2 },
  },
  contenders,
};

export const keys: Scenario = {
  name: "j-keys",
  title: "Keys by Zipf's law on ten backends with caches",
  shows:
    "how often a request comes to where its key was last, and what that costs in evenness; a bound " +
    "on the load trades one for the other",
  isTimed: false,
  cells: [
    { name: "Zipf 1", setup, contenders },
    {
      name: "all keys equal",
      setup: { ...setup, keys: { count: 100_000, exponent: 0 } },
      contenders,
    },
    leaving,
  ],
};

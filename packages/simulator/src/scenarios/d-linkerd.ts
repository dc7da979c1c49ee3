import { unweightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { simulatedBackend, simulatedBackends } from "../engine/simulated-backend.ts";
import type { Cell, Scenario, Setup } from "./scenario.ts";

const perSecond = 1_000;
const durationS = 60;
const usualMs = 167;
const pinnedMs = 2_000;

const setup: Setup = {
  backends: [
    ...simulatedBackends(10, { slots: Infinity }),
    simulatedBackend({
      id: "b10",
      slots: Infinity,
      speedSpans: [{ fromMs: 15_000, toMs: 45_000, speed: usualMs / pinnedMs }],
    }),
  ],
  load: steadyLoad(perSecond),
  requests: perSecond * durationS,
  warmup: 0,
  service: { kind: "normal", centreMs: usualMs, deviationMs: 5 },
  deadlineMs: 1_000,
};

function cell(name: string, changes: Partial<Setup>): Cell {
  return { name, setup: { ...setup, ...changes }, contenders: unweightedSpreaders };
}

/** Buoyant's "Beyond Round Robin": 11 backends, 1,000 requests a second, one pinned to 2 s for half of a minute. */
export const linkerd: Scenario = {
  name: "d-linkerd",
  title: "linkerd's experiment: one of 11 backends takes 2 s for half a minute",
  shows:
    "success within 1 s as published: 95 % round robin, 99 % least loaded, 99.9 % peak-EWMA; " +
    "if clients leave after 1 s, what the slow one holds looks half as bad to those that count",
  isTimed: true,
  cells: [cell("clients wait", {}), cell("clients leave after 1 s", { patienceMs: 1_000 })],
};

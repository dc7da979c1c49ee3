import type { LoadPlan } from "../src/load/load-plan.ts";

/** A closed loop with small numbers; name what the test is about. */
export function loadPlanFor(url: string, changes: Partial<LoadPlan> = {}): LoadPlan {
  return {
    origin: new URL(url).origin,
    requests: [
      {
        name: "request",
        weight: 1,
        method: "GET",
        target: "/",
        headers: {},
        body: undefined,
        checks: [],
      },
    ],
    shape: { loop: "closed", connections: 1, requests: 5, durationMs: undefined },
    keepAlive: true,
    timeoutMs: 10_000,
    warmupMs: 0,
    backendHeader: "X-Backend",
    seed: 1,
    workers: 1,
    ledgerId: undefined,
    csvFile: undefined,
    ...changes,
  };
}

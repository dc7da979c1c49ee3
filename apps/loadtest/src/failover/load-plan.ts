import { randomBytes } from "node:crypto";
import type { OpenLoopPlan } from "../engine/open-loop-plan.ts";
import type { FailoverLoad } from "./failover-plan.ts";
import type { SystemUnderTest } from "./system/system-under-test.ts";

const leastTimeoutMs = 10_000;
/** The balancer's own answer to a timeout needs a moment to arrive. */
const afterBalancerMs = 5000;

/** The load for a system, under an id that no other run has. */
export function openLoopPlanFor(
  load: FailoverLoad,
  { url, settings }: Pick<SystemUnderTest, "url" | "settings">,
  durationMs: number,
): OpenLoopPlan {
  const balancerMs = (settings?.responseTimeoutMs ?? 0) + afterBalancerMs;
  return {
    ...load,
    url: new URL(load.path, url).href,
    durationMs,
    headers: {},
    timeoutMs: load.timeoutMs ?? Math.max(leastTimeoutMs, balancerMs),
    runId: `e${randomBytes(4).toString("hex")}`,
  };
}

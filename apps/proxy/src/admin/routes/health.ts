import { formatBackendUrl } from "@evenkeel/config";
import * as z from "zod";
import type { BackendHealthStatus } from "../../health/health-control.ts";
import { jsonAnswer } from "../admin-answer.ts";
import { backendStatuses, breakerStates } from "../../metrics/health-metrics.ts";
import { type AdminRoute, json } from "../admin-route.ts";

const time = z.string().meta({ format: "date-time" });

const backendSchema = z.strictObject({
  id: z.string(),
  url: z.string(),
  status: z.enum(backendStatuses),
  lastCheck: time.nullable().describe("End of the last active check."),
  lastError: z.string().nullable(),
  consecutiveSuccesses: z.int(),
  consecutiveFailures: z.int(),
  breaker: z.enum(breakerStates).describe("closed = traffic flows."),
  reason: z.string().describe("Why the status is what it is."),
  since: time.nullable(),
  ejectedUntil: time.nullable(),
});
const poolSchema = z.strictObject({
  backends: z.array(backendSchema),
  isPanicking: z
    .boolean()
    .describe("So few backends can serve that ejected ones serve too (panicThreshold)."),
});

/** What is known of every backend, and why. */
export const health: AdminRoute = {
  method: "GET",
  path: "/admin/health",
  summary: "What is known of every backend, and why.",
  results: [json("Pools by name.", z.strictObject({ pools: z.record(z.string(), poolSchema) }))],
  answer: ({ health }) => {
    const pools = health.status().map(({ pool, isPanicking, backends }) => {
      return [pool, { backends: backends.map(shown), isPanicking }] as const;
    });
    return jsonAnswer({ pools: Object.fromEntries(pools) });
  },
};

function shown(status: BackendHealthStatus): Record<string, unknown> {
  return {
    id: status.backend.id,
    url: formatBackendUrl(status.backend),
    status: status.status,
    lastCheck: timeText(status.lastCheck),
    lastError: status.lastError,
    consecutiveSuccesses: status.consecutiveSuccesses,
    consecutiveFailures: status.consecutiveFailures,
    breaker: status.breaker,
    reason: status.reason,
    since: timeText(status.since),
    ejectedUntil: timeText(status.ejectedUntil),
  };
}

/** Monotonic milliseconds as a date. From now, because `timeOrigin` misses corrections of the clock. */
function timeText(at: number | null): string | null {
  return at === null ? null : new Date(Date.now() + (at - performance.now())).toISOString();
}

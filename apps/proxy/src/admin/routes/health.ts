import { formatBackendUrl } from "@evenkeel/config";
import type { BackendHealthStatus } from "../../health/health-control.ts";
import { jsonAnswer } from "../admin-answer.ts";
import type { AdminRoute } from "../admin-route.ts";

/** What is known of every backend, and why. */
export const health: AdminRoute = {
  method: "GET",
  path: "/admin/health",
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

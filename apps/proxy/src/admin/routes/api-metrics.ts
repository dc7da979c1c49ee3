import * as z from "zod";
import { isHealthy, rounded, trafficFigures } from "../../metrics/figures.ts";
import { jsonAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";

const schema = z.strictObject({
  total_requests: z.int().describe("Requests that ended since the start."),
  requests_per_second: z.number().describe("Requests that ended in the window."),
  active_connections: z.int().describe("Open client connections."),
  avg_response_time_ms: z
    .number()
    .nullable()
    .describe("Of the window's requests, to the last byte; null when there were none."),
  error_rate: z
    .number()
    .min(0)
    .max(1)
    .describe("Share of the window's requests that were answered with 5xx, by whomever."),
  backends_healthy: z.int().describe("`healthy`, or `unknown` because not checked yet."),
  backends_unhealthy: z.int().describe("All others, drained ones among them."),
  window_seconds: z
    .number()
    .describe("What the rates are over: the last 10 s, less after the start."),
});

/** The balancer in eight numbers. */
export const apiMetrics: AdminRoute = {
  method: "GET",
  path: "/api/v1/metrics",
  summary: "The balancer in a few numbers, of all pools and workers together.",
  results: [json("Totals since the start, rates over the last seconds.", schema)],
  answer: ({ metrics, scoreboard, health, recent }) => {
    const window = recent();
    const figures = trafficFigures(metrics, window);
    const backends = health.status().flatMap((pool) => pool.backends);
    const healthy = backends.filter(isHealthy).length;
    return jsonAnswer({
      total_requests: figures.totalRequests,
      requests_per_second: rounded(figures.requestsPerSecond),
      active_connections: scoreboard.clients,
      avg_response_time_ms: rounded(figures.averageMs),
      error_rate: figures.errorRate,
      backends_healthy: healthy,
      backends_unhealthy: backends.length - healthy,
      window_seconds: rounded(window.lengthMs / 1_000),
    } satisfies z.infer<typeof schema>);
  },
};

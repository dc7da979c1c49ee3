import { strategyNames } from "@evenkeel/core";
import * as z from "zod";
import { formatBackendUrl } from "@evenkeel/config";
import { expose, expositionType } from "../../metrics/exposition.ts";
import { backendFigures, isHealthy, rounded, trafficFigures } from "../../metrics/figures.ts";
import { metrics as registry } from "../../metrics/registry.ts";
import { jsonAnswer, textAnswer, withHeaders } from "../admin-answer.ts";
import { type AdminContext, type AdminRoute, json } from "../admin-route.ts";
import { preferredType } from "../negotiate.ts";

const duration = z.number().nullable();
const algorithm = z.enum(strategyNames);

const backendSchema = z.strictObject({
  pool: z.string(),
  id: z.string(),
  url: z.string(),
  requests: z.int().describe("Attempts that ended since the start."),
  selections: z.int().describe("How often it was chosen: those, and the ones that run."),
  healthy: z.boolean().describe("`healthy`, or `unknown` because not checked yet."),
  avg_response: duration.describe(
    "In milliseconds, from the choice of the backend to the end of its answer, over the window; null when it answered nothing.",
  ),
  p50_response: duration.describe("Half of its answers took at most this."),
  p95_response: duration,
  p99_response: duration.describe("Percentiles are right to within a tenth."),
  status_codes: z
    .record(z.string(), z.int())
    .describe("Answers since the start by status; `2xx` and so on for unusual ones."),
  algorithm: algorithm.describe("Its pool's strategy."),
});
const schema = z.strictObject({
  total_requests: z.int().describe("Requests that ended since the start."),
  uptime: z.number().describe("Seconds."),
  window_seconds: z
    .number()
    .describe("What the durations are of: the last 10 s, less after the start."),
  algorithm: algorithm.nullable().describe("The strategy of all pools; null where they differ."),
  backends: z.array(backendSchema),
});

/** For Prometheus, and for those who ask for JSON. */
export const metrics: AdminRoute = {
  method: "GET",
  path: "/metrics",
  summary: "Every metric for Prometheus, or the main ones as JSON, by `Accept`.",
  results: [
    { meaning: "Prometheus text format.", contentType: expositionType, schema: null },
    json("With `Accept: application/json`.", schema),
  ],
  answer: (context, { accept }) => {
    // Whoever wants neither gets the text all the same, as from other exporters.
    const type = preferredType(accept, ["text/plain", "application/json"]);
    const answer =
      type === "application/json"
        ? jsonAnswer(figuresOf(context))
        : textAnswer(expose(registry, context.metrics), expositionType);
    return withHeaders(answer, { Vary: "Accept" });
  },
};

function figuresOf(context: AdminContext): z.infer<typeof schema> {
  const { metrics, strategies, recent } = context;
  const window = recent();
  const names = new Set(strategies.pools.map((pool) => strategies.of(pool)?.type ?? null));
  const [algorithm = null] = names;
  return {
    total_requests: trafficFigures(metrics, window).totalRequests,
    uptime: Math.round(performance.now()) / 1_000,
    window_seconds: Math.round(window.lengthMs) / 1_000,
    algorithm: names.size === 1 ? algorithm : null,
    backends: backendsOf(context),
  };
}

function backendsOf({ health, metrics, strategies, recent }: AdminContext) {
  const window = recent();
  return health.status().flatMap(({ pool, backends }) =>
    backends.map((status): z.infer<typeof backendSchema> => {
      const { backend } = status;
      const { durations, ...figures } = backendFigures(metrics, window, backend.slot);
      return {
        pool,
        id: backend.id,
        url: formatBackendUrl(backend),
        requests: figures.requests,
        selections: figures.selections,
        healthy: isHealthy(status),
        avg_response: rounded(durations.meanMs),
        p50_response: rounded(durations.quantileMs(0.5)),
        p95_response: rounded(durations.quantileMs(0.95)),
        p99_response: rounded(durations.quantileMs(0.99)),
        status_codes: figures.statusCodes,
        algorithm: strategies.of(pool)?.type ?? "round-robin",
      };
    }),
  );
}

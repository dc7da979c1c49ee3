import { expose, expositionType } from "../../metrics/exposition.ts";
import { metrics as registry } from "../../metrics/registry.ts";
import { textAnswer } from "../admin-answer.ts";
import type { AdminRoute } from "../admin-route.ts";

/** For Prometheus. */
export const metrics: AdminRoute = {
  method: "GET",
  path: "/metrics",
  summary: "Every metric, for Prometheus.",
  results: [{ meaning: "Prometheus text format.", contentType: expositionType, schema: null }],
  answer: (context) => textAnswer(expose(registry, context.metrics), expositionType),
};

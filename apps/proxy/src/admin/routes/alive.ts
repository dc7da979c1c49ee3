import { jsonAnswer } from "../admin-answer.ts";
import type { AdminRoute } from "../admin-route.ts";

function aliveAt(path: string): AdminRoute {
  return { method: "GET", path, isPublic: true, answer: () => jsonAnswer({ status: "alive" }) };
}

/** The process runs. Also under the name that most probes ask for. */
export const livez: AdminRoute = aliveAt("/livez");
export const healthz: AdminRoute = aliveAt("/healthz");

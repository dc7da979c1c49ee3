import * as z from "zod";
import { jsonAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";

function aliveAt(path: string): AdminRoute {
  return {
    method: "GET",
    path,
    isPublic: true,
    summary: "Whether the process runs, and nothing else.",
    results: [json("It does.", z.strictObject({ status: z.literal("alive") }))],
    answer: () => jsonAnswer({ status: "alive" }),
  };
}

/** The process runs. Also under the name that most probes ask for. */
export const livez: AdminRoute = aliveAt("/livez");
export const healthz: AdminRoute = aliveAt("/healthz");

import { answerJson } from "../answer-json.ts";
import type { Exchange } from "../exchange.ts";
import { waitForClient } from "../wait-for-client.ts";
import type { Capacity } from "./capacity.ts";

/** What one backend can do at a time, and how long a request takes that does not say so itself. */
export interface ServiceModel {
  readonly capacity: Capacity;
  readonly serviceMs: number;
}

const longestWorkMs = 3_600_000;

/**
 * Holds the request for its turn: `"served"` when the route may answer. A full queue answers 503 at
 * once. `X-Work-Ms` says what this request costs, so that a load generator can draw the same work for
 * every balancer that it compares.
 */
export async function serveWithCapacity(
  { capacity, serviceMs }: ServiceModel,
  { backend, request, response, slowdown }: Exchange,
): Promise<"served" | "taken"> {
  const workMs = workOf(request.headers["x-work-ms"], serviceMs);
  if (workMs === undefined) {
    const error = `X-Work-Ms needs milliseconds from 0 to ${longestWorkMs}`;
    answerJson(response, 400, { error });
    return "taken";
  }
  const now = performance.now();
  const turn = capacity.take(now, workMs * slowdown);
  if (turn === undefined) {
    response.setHeader("Retry-After", "1");
    answerJson(response, 503, { backend: backend.name, error: "the queue is full" });
    return "taken";
  }
  const end = await waitForClient(response, turn.endsAt - now);
  return end === "elapsed" ? "served" : "taken";
}

function workOf(written: string | string[] | undefined, serviceMs: number): number | undefined {
  if (written === undefined) return serviceMs;
  if (typeof written !== "string" || !/^\d{1,7}(\.\d{1,6})?$/.test(written)) return undefined;
  const workMs = Number(written);
  return workMs <= longestWorkMs ? workMs : undefined;
}

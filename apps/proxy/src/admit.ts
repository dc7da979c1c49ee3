import type { ListenerLimits } from "@evenkeel/config";
import { FieldId, type RequestParser } from "@evenkeel/http1";
import type { Refusal } from "./refusal.ts";

export const bodyTooLarge: Refusal = {
  status: 413,
  error: "http_request_error",
  detail: "the request body is larger than the limit",
};
const loop: Refusal = {
  status: 508,
  error: "proxy_loop_detected",
  detail: "the request has passed this proxy too often",
};

/** Several balancers in a row share our pseudonym, so the first few times are no loop. */
const maxPasses = 8;

/** What may be known from the head alone, before any backend is asked. */
export function admit(request: RequestParser, limits: ListenerLimits): Refusal | null {
  const { framing } = request;
  if (limits.bodyBytes > 0 && framing.length > limits.bodyBytes) return bodyTooLarge;
  if (request.fields.has(FieldId.via) && passes(request) >= maxPasses) return loop;
  return null;
}

function passes(request: RequestParser): number {
  return request.text.split(" evenkeel").length - 1;
}

import type { ListenerLimits } from "@evenkeel/config";
import { FieldId, type RequestParser } from "@evenkeel/http1";
import { clientDenied } from "./admission/client-access.ts";
import type { Exchange } from "./exchange.ts";
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

/** Whether the listener serves this client at all; routes have gates of their own. */
export function admitClient({ client, clientAddress }: Exchange): Refusal | null {
  const { isAllowed } = client.listener;
  if (isAllowed === null || isAllowed(clientAddress)) return null;
  return clientDenied;
}

/** In Via only: other fields may name us as often as they like. */
function passes({ fields, text }: RequestParser): number {
  let count = 0;
  for (let index = 0; index < fields.count; index++) {
    if (fields.id(index) !== FieldId.via) continue;
    const members = text.slice(fields.valueStart(index), fields.valueEnd(index)).split(",");
    count += members.filter((member) => /^\s*\S+\s+evenkeel(?![^\s(])/i.test(member)).length;
  }
  return count;
}

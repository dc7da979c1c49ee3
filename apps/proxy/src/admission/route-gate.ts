import type { RouteConfig } from "@evenkeel/config";
import type { RateLimitTable } from "@evenkeel/core";
import type { RequestParser } from "@evenkeel/http1";
import type { Exchange } from "../exchange.ts";
import type { Refusal } from "../refusal.ts";
import { clientIp } from "../routing/client-ip.ts";
import { clientAccess, clientDenied } from "./client-access.ts";
import { RateLimits } from "./rate-limits.ts";

/** Who may pass, and how often: why this request may not, or null. */
export type RouteGate = (exchange: Exchange, request: RequestParser) => Refusal | null;

/** null where everybody may pass, so that nothing is done there. `tables` are those of its limits. */
export function createRouteGate(
  { access, rateLimits }: RouteConfig,
  tables: readonly RateLimitTable[],
  random: () => number,
): RouteGate | null {
  const isAllowed = clientAccess(access);
  const limits = rateLimits.length === 0 ? null : new RateLimits(rateLimits, tables, random);
  if (isAllowed === null && limits === null) return null;
  return (exchange, request) => {
    if (isAllowed !== null && !isAllowed(addressOf(exchange, request))) return clientDenied;
    return limits === null ? null : limits.charge(exchange, request);
  };
}

/** The client's address, by X-Forwarded-For where its peer is trusted. */
export function addressOf({ client, requestId }: Exchange, request: RequestParser): string {
  return clientIp(request, client.forwardingFor(requestId), client.listener.isTrusted);
}

import type { RouteConfig } from "@evenkeel/config";
import type { RequestForwarding, RequestParser } from "@evenkeel/http1";
import type { Exchange } from "../exchange.ts";
import type { Refusal } from "../refusal.ts";
import { clientAccess, clientDenied } from "./client-access.ts";
import { ConcurrencyLimits } from "./concurrency-limits.ts";
import type { RouteTables } from "./limit-tables.ts";
import { RateLimits } from "./rate-limits.ts";

/** What a gate reads and writes of an exchange. */
export interface GatedExchange extends Pick<
  Exchange,
  "startedAt" | "requestId" | "clientAddress" | "ownFields" | "room"
> {
  readonly client: {
    forwardingFor(requestId: string): RequestForwarding;
    readonly listener: { readonly isTrusted: (address: string) => boolean };
  };
}

/** Who may pass, and how often: why this request may not, or null. */
export type RouteGate = (exchange: GatedExchange, request: RequestParser) => Refusal | null;

/** null where everybody may pass, so that nothing is done there. `tables` are those of its limits. */
export function createRouteGate(
  { access, rateLimits, concurrencyLimits }: RouteConfig,
  { rates, concurrency }: RouteTables,
  random: () => number,
): RouteGate | null {
  const isAllowed = clientAccess(access);
  const rate = rateLimits.length === 0 ? null : new RateLimits(rateLimits, rates, random);
  const atATime =
    concurrencyLimits.length === 0
      ? null
      : new ConcurrencyLimits(concurrencyLimits, concurrency, random);
  if (isAllowed === null && rate === null && atATime === null) return null;
  return (exchange, request) => {
    if (isAllowed !== null && !isAllowed(exchange.clientAddress)) return clientDenied;
    // First: what it takes is given back at the end of the request, however that comes; a token is not.
    const refusal = atATime === null ? null : atATime.take(exchange, request);
    return refusal ?? (rate === null ? null : rate.charge(exchange, request));
  };
}

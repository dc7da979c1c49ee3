import { randomInt } from "node:crypto";
import type { RateLimitConfig, ResolvedConfig, RouteConfig } from "@evenkeel/config";
import { RateLimitTable } from "@evenkeel/core";

export interface KeyedLimit {
  /** The same in two configurations: the same limit of the same requests, which goes on where it was. */
  readonly key: string;
  readonly limit: RateLimitConfig;
}

/** All rate limits, in the order of the routes. */
export function limitKeysOf({ routes }: ResolvedConfig): readonly KeyedLimit[] {
  const seen = new Map<string, number>();
  return routes.flatMap((route) =>
    route.rateLimits.map((limit) => {
      const text = JSON.stringify([matchOf(route), { ...limit, headers: null }]);
      const count = seen.get(text) ?? 0;
      seen.set(text, count + 1);
      return { key: `${text}#${count}`, limit };
    }),
  );
}

/** What the threads share of one limit. */
export function allocateLimitTable(limit: RateLimitConfig): SharedArrayBuffer {
  return RateLimitTable.allocate(limit, [halfSeed(), halfSeed()]).buffer;
}

/** This thread's view of them, by route. */
export function attachLimitTables(
  routes: readonly RouteConfig[],
  buffers: readonly SharedArrayBuffer[],
): readonly (readonly RateLimitTable[])[] {
  let next = 0;
  return routes.map(({ rateLimits }) =>
    rateLimits.map((limit) => {
      const buffer = buffers[next++];
      if (buffer === undefined) throw new Error(`no table for the rate limit ${limit.name}`);
      return new RateLimitTable(buffer, limit);
    }),
  );
}

/** Which requests a route takes. */
function matchOf({ listeners, host, path, methods, headers, query }: RouteConfig): unknown {
  return [listeners, host, path, methods, headers, query];
}

function halfSeed(): number {
  return randomInt(2 ** 32);
}

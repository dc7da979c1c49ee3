import { randomInt } from "node:crypto";
import type { ResolvedConfig, RouteConfig } from "@evenkeel/config";
import { RateLimitTable } from "@evenkeel/core";

/** What the threads share of all rate limits: one buffer for each, in the order of the routes. */
export function allocateLimitTables({ routes }: ResolvedConfig): readonly SharedArrayBuffer[] {
  return routes.flatMap(({ rateLimits }) =>
    rateLimits.map((limit) => RateLimitTable.allocate(limit, [halfSeed(), halfSeed()]).buffer),
  );
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

function halfSeed(): number {
  return randomInt(2 ** 32);
}

import type { RouteConfig } from "@evenkeel/config";
import { attachLimitTables } from "./limit-tables.ts";

/** What one rate limit forgot because it remembers so many keys and no more. */
export interface LimitEvictions {
  /** Where its route is in the configuration: `routes[0]`. */
  readonly route: string;
  /** Its name in the RateLimit fields. */
  readonly limit: string;
  /** Keys that had used something, and got it back. */
  readonly count: number;
}

/** Reads the tables of all limits, in the order of the routes; `buffers` from `allocateLimitTables`. */
export function limitEvictions(
  routes: readonly RouteConfig[],
  buffers: readonly SharedArrayBuffer[],
): () => readonly LimitEvictions[] {
  const tables = attachLimitTables(routes, buffers);
  return () =>
    routes.flatMap(({ rateLimits }, order) =>
      rateLimits.map(({ name }, place) => ({
        route: `routes[${order}]`,
        limit: name,
        count: tables[order]?.[place]?.evictions ?? 0,
      })),
    );
}

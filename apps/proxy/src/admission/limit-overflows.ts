import { formatRateLimitKey } from "@evenkeel/config";
import type { PlacedConfig } from "../generation/placed-config.ts";
import { type RouteTables, attachLimitTables } from "./limit-tables.ts";

/** What one limit could not remember, because it has room for so many keys and no more. */
export interface LimitOverflow {
  /** Where its route is in the configuration: `routes[0]`. */
  readonly route: string;
  /** What tells it from the other limits of its route. */
  readonly limit: string;
  readonly count: number;
}

/**
 * Keys that rate limits forgot too early, and that got back what they had used; of all limits, in the order
 * of the routes, by their names in the RateLimit fields. `workers` share the tables.
 */
export function limitEvictions(config: PlacedConfig, workers: number): readonly LimitOverflow[] {
  const tables = tablesOf(config, workers);
  return config.routes.flatMap(({ rateLimits }, order) =>
    rateLimits.map(({ name }, place) => ({
      route: `routes[${order}]`,
      limit: name,
      count: tables[order]?.rates[place]?.evictions ?? 0,
    })),
  );
}

/** Requests that concurrency limits did not count, by their keys. */
export function uncountedRequests(config: PlacedConfig, workers: number): readonly LimitOverflow[] {
  const tables = tablesOf(config, workers);
  return config.routes.flatMap(({ concurrencyLimits }, order) =>
    concurrencyLimits.map(({ key }, place) => ({
      route: `routes[${order}]`,
      limit: formatRateLimitKey(key),
      count: tables[order]?.concurrency[place]?.uncounted ?? 0,
    })),
  );
}

/** Counts are the same in every worker's view. */
function tablesOf({ routes, limitTables }: PlacedConfig, workers: number): readonly RouteTables[] {
  return attachLimitTables(routes, limitTables, { worker: 0, workers });
}

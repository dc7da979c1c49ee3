import type { PlacedConfig } from "../generation/placed-config.ts";
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

/** Of all limits, in the order of the routes. */
export function limitEvictions({ routes, limitTables }: PlacedConfig): readonly LimitEvictions[] {
  const tables = attachLimitTables(routes, limitTables);
  return routes.flatMap(({ rateLimits }, order) =>
    rateLimits.map(({ name }, place) => ({
      route: `routes[${order}]`,
      limit: name,
      count: tables[order]?.[place]?.evictions ?? 0,
    })),
  );
}

import { formatPath, valueAt } from "../config-path.ts";
import { type Finding, warningAt } from "../finding.ts";
import type { ConcurrencyLimitConfig } from "../resolved-config.ts";
import { concurrencyLimitSchema } from "../schema/concurrency-limit-schema.ts";
import { formatRateLimitKey } from "../schema/rate-limit-key.ts";
import { hasOnlyUnixListeners } from "./access-checks.ts";
import { type WrittenLimit, checkKey, limitsAt } from "./limit-key-checks.ts";

type Written = WrittenLimit<ConcurrencyLimitConfig>;

/** Concurrency limits that are each right and do not do what they seem to. */
export function checkConcurrencyLimits(root: unknown): Finding[] {
  const routes = valueAt(root, ["routes"]);
  if (!Array.isArray(routes)) return [];
  const onlyUnix = hasOnlyUnixListeners(root);
  return routes.flatMap((route: unknown, index) => {
    const path = ["routes", index, "concurrencyLimit"];
    const written = valueAt(route, ["concurrencyLimit"]);
    const limits = limitsAt(concurrencyLimitSchema, written, path);
    return limits.flatMap((limit) => [...checkKey(limit, onlyUnix), ...checkReach(limit, limits)]);
  });
}

/** Of two limits by one key only the lower one matters; of two alike, the first. */
function checkReach(one: Written, all: readonly Written[]): Finding[] {
  const key = formatRateLimitKey(one.limit.key);
  const stricter = all.find(({ limit }, index) => {
    if (formatRateLimitKey(limit.key) !== key) return false;
    const isBefore = index < all.indexOf(one);
    return isBefore ? limit.requests <= one.limit.requests : limit.requests < one.limit.requests;
  });
  if (stricter === undefined) return [];
  return [warningAt(one.path, `never reached: ${formatPath(stricter.path)} is stricter`)];
}

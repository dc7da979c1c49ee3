import { formatPath, valueAt } from "../config-path.ts";
import { type Finding, warningAt } from "../finding.ts";
import type { RateLimitConfig } from "../resolved-config.ts";
import { formatRateLimitKey } from "../schema/rate-limit-key.ts";
import { rateLimitSchema } from "../schema/rate-limit-schema.ts";
import { hasOnlyUnixListeners } from "./access-checks.ts";
import { type WrittenLimit, checkKey, limitsAt } from "./limit-key-checks.ts";

type Written = WrittenLimit<RateLimitConfig>;

/** Rate limits that are each right and do not do what they seem to. */
export function checkRateLimits(root: unknown): Finding[] {
  const routes = valueAt(root, ["routes"]);
  if (!Array.isArray(routes)) return [];
  const onlyUnix = hasOnlyUnixListeners(root);
  return routes.flatMap((route: unknown, index) => {
    const limits = limitsAt(rateLimitSchema, valueAt(route, ["rateLimit"]), [
      "routes",
      index,
      "rateLimit",
    ]);
    return limits.flatMap((limit) => [
      ...checkKey(limit, onlyUnix),
      ...checkReach(
        limit,
        limits.filter((other) => other !== limit),
      ),
    ]);
  });
}

/** A limit that another one of the same key is always stricter than. */
function checkReach({ path, limit }: Written, others: readonly Written[]): Finding[] {
  const stricter = others.find((other) => isStricter(other.limit, limit));
  if (stricter === undefined) return [];
  return [warningAt(path, `never reached: ${formatPath(stricter.path)} is stricter in all`)];
}

function isStricter(limit: RateLimitConfig, other: RateLimitConfig): boolean {
  if (formatRateLimitKey(limit.key) !== formatRateLimitKey(other.key)) return false;
  const rates = limit.count * other.perMs - other.count * limit.perMs;
  const isSame = rates === 0 && limit.burst === other.burst;
  return !isSame && rates <= 0 && limit.burst <= other.burst;
}

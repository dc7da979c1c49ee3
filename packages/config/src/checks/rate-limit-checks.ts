import { type ConfigPath, formatPath, valueAt } from "../config-path.ts";
import { type Finding, warningAt } from "../finding.ts";
import type { RateLimitConfig } from "../resolved-config.ts";
import { formatRateLimitKey } from "../schema/rate-limit-key.ts";
import { rateLimitSchema } from "../schema/rate-limit-schema.ts";
import { hasOnlyUnixListeners } from "./access-checks.ts";
import { readable } from "./readable.ts";

interface WrittenLimit {
  readonly path: ConfigPath;
  readonly written: unknown;
  readonly limit: RateLimitConfig;
}

/** Rate limits that are each right and do not do what they seem to. */
export function checkRateLimits(root: unknown): Finding[] {
  const routes = valueAt(root, ["routes"]);
  if (!Array.isArray(routes)) return [];
  const onlyUnix = hasOnlyUnixListeners(root);
  return routes.flatMap((route: unknown, index) => {
    const limits = limitsOf(valueAt(route, ["rateLimit"]), ["routes", index, "rateLimit"]);
    return limits.flatMap((limit) => [
      ...checkOne(limit, onlyUnix),
      ...checkReach(
        limit,
        limits.filter((other) => other !== limit),
      ),
    ]);
  });
}

function limitsOf(written: unknown, path: ConfigPath): WrittenLimit[] {
  const items = Array.isArray(written) ? written : [written];
  return items.flatMap((item: unknown, index) => {
    const limit = readable(rateLimitSchema, item);
    const own = Array.isArray(written) ? [...path, index] : path;
    return limit === undefined ? [] : [{ path: own, written: item, limit }];
  });
}

function checkOne({ path, written, limit }: WrittenLimit, onlyUnix: boolean): Finding[] {
  if (limit.key.from === "global" && valueAt(written, ["maxKeys"]) !== undefined) {
    return [warningAt([...path, "maxKeys"], "does nothing: a global limit has one key")];
  }
  if (limit.key.from === "client-ip" && onlyUnix) {
    const message = "all clients of unix sockets are one: they have no addresses";
    return [warningAt(path, message)];
  }
  return [];
}

/** A limit that another one of the same key is always stricter than. */
function checkReach({ path, limit }: WrittenLimit, others: readonly WrittenLimit[]): Finding[] {
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

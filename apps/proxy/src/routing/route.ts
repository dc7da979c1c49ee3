import type { RouteConfig } from "@evenkeel/config";
import { hostName } from "@evenkeel/http1";

/**
 * The index of the first route that matches, or -1. `target` is matched undecoded and without its
 * query, on whole segments: `/v1` matches `/v1` and `/v1/x`, never `/v10`.
 */
export function matchRoute(
  routes: readonly RouteConfig[],
  host: string | null,
  target: string,
): number {
  for (let index = 0; index < routes.length; index++) {
    const route = routes[index] as RouteConfig;
    if (route.host !== null && (host === null || hostName(host) !== route.host)) continue;
    if (route.path !== null && !isUnder(target, route.path)) continue;
    return index;
  }
  return -1;
}

function isUnder(target: string, prefix: string): boolean {
  if (!target.startsWith(prefix)) return false;
  if (prefix.endsWith("/") || target.length === prefix.length) return true;
  const next = target.charCodeAt(prefix.length);
  return next === 0x2f || next === 0x3f;
}

import { formatPath, isMapping, valueAt } from "../config-path.ts";
import { errorAt, type Finding, warningAt } from "../finding.ts";
import { nearestName } from "../nearest-name.ts";
import type { RouteConfig } from "../resolved-config.ts";
import { routeSchema } from "../schema/route-schema.ts";
import { readable } from "./readable.ts";

/** Routes must lead to pools that exist, and each should be reachable. */
export function checkRoutes(root: unknown): Finding[] {
  const pools = valueAt(root, ["pools"]);
  const poolNames = isMapping(pools) ? Object.keys(pools) : [];
  const routes = valueAt(root, ["routes"]);
  if (routes === undefined) return checkAbsence(poolNames);
  if (!Array.isArray(routes)) return [];
  return [...checkPoolNames(routes, poolNames), ...checkReach(routes)];
}

function checkAbsence(poolNames: readonly string[]): Finding[] {
  if (poolNames.length < 2) return [];
  const names = poolNames.join(", ");
  const message = `with more than one pool (${names}), routes must say what goes where`;
  return [errorAt(["routes"], message)];
}

function checkPoolNames(routes: readonly unknown[], poolNames: readonly string[]): Finding[] {
  return routes.flatMap((route, index) => {
    const name = valueAt(route, ["pool"]);
    if (typeof name !== "string" || poolNames.includes(name)) return [];
    const message = `there is no pool ${JSON.stringify(name)}`;
    return [errorAt(["routes", index, "pool"], message, nearestName(name, poolNames))];
  });
}

function checkReach(routes: readonly unknown[]): Finding[] {
  const read = routes.map((route) => readable(routeSchema, route));
  return read.flatMap((route, index) => {
    if (route === undefined) return [];
    const first = read.findIndex((other) => other !== undefined && covers(other, route));
    if (first === index) return [];
    const message = `never reached: ${formatPath(["routes", first])} takes all of its requests`;
    return [warningAt(["routes", index], message)];
  });
}

/** True when every request of `route` matches `earlier` too. A route covers itself. */
function covers(earlier: RouteConfig, route: RouteConfig): boolean {
  const hostCovers = earlier.host === null || earlier.host === route.host;
  return hostCovers && coversPath(earlier.path ?? "/", route.path ?? "/");
}

function coversPath(earlier: string, path: string): boolean {
  if (earlier === path) return true;
  return path.startsWith(earlier.endsWith("/") ? earlier : `${earlier}/`);
}

import { formatPath, isMapping, valueAt } from "../config-path.ts";
import { errorAt, type Finding, warningAt } from "../finding.ts";
import { isRequired } from "../issue-findings.ts";
import { nearestName } from "../nearest-name.ts";
import type { RouteConfig } from "../route-config.ts";
import { routeSchema } from "../schema/route-schema.ts";
import { readable } from "./readable.ts";

const actions = ["pool", "split", "redirect"] as const;

/** Routes must do one thing with their requests, with pools that exist, and each should be reachable. */
export function checkRoutes(root: unknown): Finding[] {
  const pools = valueAt(root, ["pools"]);
  const poolNames = isMapping(pools) ? Object.keys(pools) : [];
  const routes: unknown = valueAt(root, ["routes"]);
  if (routes === undefined) return checkAbsence(poolNames);
  if (!Array.isArray(routes)) return [];
  const listenerNames = listenerNamesOf(root);
  const each = routes.flatMap((route: unknown, index) =>
    isMapping(route)
      ? [
          ...checkAction(route, index),
          ...checkPoolNames(route, index, poolNames),
          ...checkListenerNames(route, index, listenerNames),
          ...checkChanges(route, index),
        ]
      : [],
  );
  return [...each, ...checkReach(routes)];
}

function checkAbsence(poolNames: readonly string[]): Finding[] {
  if (poolNames.length < 2) return [];
  const names = poolNames.join(", ");
  const message = `with more than one pool (${names}), routes must say what goes where`;
  return [errorAt(["routes"], message)];
}

type WrittenRoute = Readonly<Record<string, unknown>>;

function checkAction(route: WrittenRoute, index: number): Finding[] {
  const given = actions.filter((action) => route[action] !== undefined);
  if (given.length === 0) return [errorAt(["routes", index, "pool"], isRequired)];
  const findings = given.slice(1).map((action) => {
    const message = `${given[0]} already says what becomes of these requests; choose one`;
    return errorAt(["routes", index, action], message);
  });
  if (route["splitBy"] === undefined || route["split"] !== undefined) return findings;
  return [...findings, errorAt(["routes", index, "splitBy"], "says nothing without split")];
}

function checkPoolNames(
  route: WrittenRoute,
  index: number,
  poolNames: readonly string[],
): Finding[] {
  const arms = Array.isArray(route["split"]) ? route["split"].keys() : [];
  const places = [["pool"], ["mirror", "pool"], ...[...arms].map((arm) => ["split", arm, "pool"])];
  return places.flatMap((place) => {
    const name = valueAt(route, place);
    if (typeof name !== "string" || poolNames.includes(name)) return [];
    const nearest = nearestName(name, poolNames);
    const known = nearest === null && poolNames.length > 0 ? `; pools: ${shown(poolNames)}` : "";
    const message = `there is no pool ${JSON.stringify(name)}${known}`;
    return [errorAt(["routes", index, ...place], message, nearest)];
  });
}

const mostShown = 20;

function shown(names: readonly string[]): string {
  const more = names.length > mostShown ? `, and ${names.length - mostShown} more` : "";
  return names.slice(0, mostShown).join(", ") + more;
}

function listenerNamesOf(root: unknown): readonly string[] {
  const listeners = valueAt(root, ["listeners"]);
  if (!Array.isArray(listeners)) return [];
  return listeners
    .map((listener: unknown) => valueAt(listener, ["name"]))
    .filter((name) => typeof name === "string");
}

function checkListenerNames(
  route: WrittenRoute,
  index: number,
  known: readonly string[],
): Finding[] {
  const { listeners } = route;
  if (!Array.isArray(listeners)) return [];
  return listeners.flatMap((name: unknown, place) => {
    if (typeof name !== "string" || known.includes(name)) return [];
    const names = known.length === 0 ? "none has a name" : `known names: ${known.join(", ")}`;
    const message = `there is no listener ${JSON.stringify(name)}; ${names}`;
    return [errorAt(["routes", index, "listeners", place], message, nearestName(name, known))];
  });
}

/** What would have no effect was meant to have one. */
function checkChanges(route: WrittenRoute, index: number): Finding[] {
  if (route["redirect"] !== undefined) {
    return ["rewrite", "requestHeaders", "mirror"].flatMap((key) =>
      route[key] === undefined
        ? []
        : [errorAt(["routes", index, key], "says nothing with redirect: no backend is asked")],
    );
  }
  const { path } = route;
  const hasPrefix =
    typeof path === "string" || (isMapping(path) && path["regex"] === undefined && path !== null);
  return ["stripPrefix", "replacePrefix"].flatMap((key) => {
    if (hasPrefix || valueAt(route, ["rewrite", key]) === undefined) return [];
    const message = "needs a path (a prefix or an exact one) to take off";
    return [errorAt(["routes", index, "rewrite", key], message)];
  });
}

function checkReach(routes: readonly unknown[]): Finding[] {
  const read = routes.map((route) => readable(routeSchema, route));
  const firsts = new Map<string, { readonly index: number; readonly route: RouteConfig }[]>();
  return read.flatMap((route, index) => {
    if (route === undefined) return [];
    const key = JSON.stringify([
      route.listeners?.toSorted(),
      route.host,
      route.path,
      inOrder(route.headers),
      inOrder(route.query),
    ]);
    const alike = firsts.get(key) ?? [];
    firsts.set(key, [...alike, { index, route }]);
    const first = alike.find((other) => takesAllMethods(other.route, route));
    if (first === undefined) return [];
    const message = `never reached: ${formatPath(["routes", first.index])} takes all of its requests`;
    return [warningAt(["routes", index], message)];
  });
}

function inOrder(conditions: RouteConfig["headers"]): readonly string[] {
  return conditions.map((condition) => JSON.stringify(condition)).toSorted();
}

/** An earlier route with fewer conditions comes after the later one, whatever it takes. */
function takesAllMethods(earlier: RouteConfig, route: RouteConfig): boolean {
  if (earlier.methods === null || route.methods === null) return earlier.methods === route.methods;
  const { methods } = earlier;
  return route.methods.every((method) => methods.includes(method));
}

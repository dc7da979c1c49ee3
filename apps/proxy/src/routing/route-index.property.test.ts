import type { RouteConfig, RouteHost, RoutePath, ValueCondition } from "@evenkeel/config";
import { hostName } from "@evenkeel/http1";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AskedRequest, parsedRequest } from "../../test/support/routed-request.ts";
import { explainRoutes } from "../explain/route-parts.ts";
import { UnknownRoutes } from "../replay/unknown-routes.ts";
import type { RoutedRequest } from "./conditions.ts";
import { RouteIndex } from "./route-index.ts";

/*
 * The rules of docs/routing.md once more, in the plainest way: every route is asked whether it matches,
 * those that do are sorted, and the first one decides. Nothing here is shared with the index.
 */

function hostMatches(host: RouteHost | null, name: string): boolean {
  if (host === null) return true;
  return host.kind === "exact" ? name === host.name : name.endsWith(`.${host.parent}`);
}

function pathMatches(path: RoutePath | null, asked: string): boolean {
  if (path === null) return true;
  if (path.kind === "regex") return new RegExp(path.pattern).test(asked);
  if (path.kind === "exact") return asked === path.path;
  return asked === path.path || asked.startsWith(path.path.replace(/\/?$/, "/"));
}

function valueMatches({ test: { kind, ...rest } }: ValueCondition, value: string | null): boolean {
  if (kind === "present") return value !== null;
  if (kind === "absent") return value === null;
  if ("value" in rest) return value === rest.value;
  return value !== null && "pattern" in rest && new RegExp(rest.pattern).test(value);
}

interface Asked {
  readonly listener: string | null;
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
}

function matches(
  route: RouteConfig,
  { listener, host, path, method, headers, query }: Asked,
): boolean {
  return (
    (route.listeners === null || (listener !== null && route.listeners.includes(listener))) &&
    hostMatches(route.host, hostName(host)) &&
    pathMatches(route.path, path) &&
    (route.methods === null || route.methods.includes(method)) &&
    route.headers.every((condition) =>
      valueMatches(condition, headers.get(condition.name) ?? null),
    ) &&
    route.query.every((condition) => valueMatches(condition, query.get(condition.name) ?? null))
  );
}

/** Smaller comes first; the place in the file settles what is left. */
function rankOf(route: RouteConfig): readonly number[] {
  const { listeners, host, path, methods, headers, query } = route;
  const hosts = host === null ? 1 : host.kind === "exact" ? -1_000 : -host.parent.length;
  const paths =
    path === null
      ? 2
      : path.kind === "exact"
        ? -1_000
        : path.kind === "regex"
          ? 1
          : -path.path.length;
  const named = [listeners, methods].filter((list) => list !== null).length;
  return [hosts, paths, -(named + headers.length + query.length)];
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((rank, index) => rank !== b[index]);
  return at !== -1 && (a[at] as number) < (b[at] as number);
}

function firstByTheRules(routes: readonly RouteConfig[], asked: Asked): number {
  let best = -1;
  for (const [place, route] of routes.entries()) {
    if (!matches(route, asked)) continue;
    const other = routes[best];
    if (other === undefined || isBefore(rankOf(route), rankOf(other))) best = place;
  }
  return best;
}

const label = fc.constantFrom("a", "b", "c");
const hostText = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const segments = fc.array(fc.constantFrom("", "a", "b", "ab", "a%2Fb"), { maxLength: 4 });
const pathText = segments.map((names) => `/${names.join("/")}`);
const value = fc.constantFrom("1", "2", "12");

const valueTest = fc.oneof(
  value.map((text): ValueCondition["test"] => ({ kind: "equals", value: text })),
  fc.constantFrom<ValueCondition["test"]>(
    { kind: "present" },
    { kind: "absent" },
    { kind: "matches", pattern: "^1" },
  ),
);

function conditions(...names: readonly string[]): fc.Arbitrary<ValueCondition[]> {
  const condition = fc.record({ name: fc.constantFrom(...names), test: valueTest });
  return fc.uniqueArray(condition, { maxLength: 2, selector: ({ name }) => name });
}

function orAny<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { freq: 2 });
}

const anyRoute: fc.Arbitrary<RouteConfig> = fc.record({
  listeners: fc.option(fc.subarray(["l", "m"], { minLength: 1 }), { freq: 2 }),
  host: orAny(
    fc.oneof(
      hostText.map((name): RouteHost => ({ kind: "exact", name })),
      hostText.map((parent): RouteHost => ({ kind: "wildcard", parent })),
    ),
  ),
  path: orAny(
    fc.oneof(
      { weight: 3, arbitrary: pathText.map((path): RoutePath => ({ kind: "prefix", path })) },
      { weight: 1, arbitrary: pathText.map((path): RoutePath => ({ kind: "exact", path })) },
      fc.constantFrom<RoutePath>(
        { kind: "regex", pattern: "^/a" },
        { kind: "regex", pattern: "b$" },
        { kind: "regex", pattern: "/[ab]+/" },
      ),
    ),
  ),
  methods: fc.option(fc.subarray(["GET", "PUT"], { minLength: 1 }), { freq: 2 }),
  headers: conditions("x-a", "x-b"),
  query: conditions("q", "r"),
  action: fc.constant({ kind: "pool", pool: "web" } as const),
  rewrite: fc.constant(null),
  requestHeaders: fc.constant(null),
  responseHeaders: fc.constant(null),
  mirror: fc.constant(null),
  rateLimits: fc.constant([]),
  concurrencyLimits: fc.constant([]),
  access: fc.constant({ allow: null, deny: [] }),
});

function values(...names: readonly string[]): fc.Arbitrary<Map<string, string>> {
  const pair = fc.tuple(fc.constantFrom(...names), value);
  return fc
    .uniqueArray(pair, { maxLength: 2, selector: ([name]) => name })
    .map((pairs) => new Map(pairs));
}

const anyAsked: fc.Arbitrary<Asked> = fc.record({
  listener: fc.constantFrom("l", "m", null),
  host: hostText,
  path: pathText,
  method: fc.constantFrom("GET", "PUT"),
  headers: values("x-a", "x-b"),
  query: values("q", "r"),
});

function written({ host, path, method, headers, query }: Asked): AskedRequest {
  const parameters = [...query].map(([name, text]) => `${name}=${text}`).join("&");
  const fields = [...headers].map(([name, text]) => `${name}: ${text}`);
  return { method, host, target: parameters === "" ? path : `${path}?${parameters}`, fields };
}

test("the index finds the route that the rules name, for any routes and requests", () => {
  const found = new Set<number>();
  fc.assert(
    fc.property(
      fc.array(anyRoute, { maxLength: 30, size: "max" }),
      fc.array(anyAsked, { minLength: 1, maxLength: 10 }),
      (routes, requests) => {
        for (const asked of requests) {
          const index = new RouteIndex(routes, asked.listener);
          const expected = firstByTheRules(routes, asked);
          found.add(expected);
          expect(index.match(parsedRequest(written(asked)), false)).toBe(expected);
        }
      },
    ),
    { numRuns: 1_000, seed: 6 },
  );
  expect(found.size).toBeGreaterThan(20);
});

test("an explanation names the route that the rules name, and calls only those outranked that match too", () => {
  let outranked = 0;
  fc.assert(
    fc.property(fc.array(anyRoute, { maxLength: 30, size: "max" }), anyAsked, (routes, asked) => {
      const expected = firstByTheRules(routes, asked);
      const { listener } = asked;
      const arrival = { isPeerTrusted: false, listener };
      const { order, near } = explainRoutes(routes, parsedRequest(written(asked)), arrival);
      expect(order).toBe(expected);
      for (const { number, failed, outranked: why } of near) {
        const doesMatch = matches(routes[number - 1] as RouteConfig, asked);
        expect([number, doesMatch]).toEqual([number, failed.length === 0]);
        expect(why !== null).toBe(doesMatch);
        if (doesMatch) outranked++;
      }
    }),
    { numRuns: 500, seed: 6 },
  );
  expect(outranked).toBeGreaterThan(100);
});

test("what is found without fields is what is found with any, wherever it is called known", () => {
  let [known, unknown] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(anyRoute, { maxLength: 20, size: "max" }),
      anyAsked,
      fc.boolean(),
      (routes, asked, isHostKnown) => {
        const parsed = parsedRequest(written({ ...asked, headers: new Map() }));
        const logged = isHostKnown ? parsed : { ...partsOf(parsed), host: null };
        const found = new UnknownRoutes(routes, asked.listener).find(logged, isHostKnown);
        if (!found.isKnown) unknown++;
        else if (firstByTheRules(routes, asked) === found.order) known++;
        else expect(found.order).toBe(firstByTheRules(routes, asked));
      },
    ),
    { numRuns: 1_000, seed: 6 },
  );
  expect(Math.min(known, unknown)).toBeGreaterThan(100);
});

function partsOf({ method, target, fields, text }: RoutedRequest): Omit<RoutedRequest, "host"> {
  return { method, target, fields, text };
}

import type { RouteConfig, ValueCondition } from "@evenkeel/config";
import { hostName } from "@evenkeel/http1";
import type { RoutedRequest } from "../routing/conditions.ts";
import { fieldOf, parameterOf, pathOf } from "../routing/request-values.ts";
import { RouteIndex } from "../routing/route-index.ts";
import type { ExplainedRoute, NearRoute } from "./explanation.ts";
import { conditionText, hostText, pathText, routeText } from "./route-words.ts";

/** Of many routes that nearly match, people read a few. */
const mostNear = 5;

/** One thing that a route asks for, and whether this request has it. */
interface Part {
  readonly kind: "listener" | "host" | "path" | "method" | "header" | "query";
  readonly holds: boolean;
  readonly words: string;
}

/** What a request was asked through, besides what it says itself. */
export interface Arrival {
  /** What the request says about its client is believed. */
  readonly isPeerTrusted: boolean;
  /** The name of its listener; null = it has none. */
  readonly listener: string | null;
}

/** Which route decides, why, and which others came near. */
export function explainRoutes(
  routes: readonly RouteConfig[],
  request: RoutedRequest,
  arrival: Arrival,
): {
  readonly order: number;
  readonly route: ExplainedRoute | null;
  readonly near: readonly NearRoute[];
} {
  const { isPeerTrusted, listener } = arrival;
  const order = new RouteIndex(routes, listener).match(request, isPeerTrusted);
  const decides = routes[order];
  return {
    order,
    route:
      decides === undefined
        ? null
        : {
            number: order + 1,
            asks: routeText(decides),
            because: partsOf(decides, request, arrival).map(({ words }) => words),
          },
    near: nearRoutes(routes, order, request, arrival),
  };
}

function nearRoutes(
  routes: readonly RouteConfig[],
  order: number,
  request: RoutedRequest,
  arrival: Arrival,
): readonly NearRoute[] {
  const decides = routes[order];
  const mayBeNear = quickLook(request);
  return routes
    .flatMap((route, index) => {
      if (index === order || !mayBeNear(route)) return [];
      const parts = partsOf(route, request, arrival);
      const failed = parts.filter(({ holds }) => !holds);
      return isNear(parts, failed) ? [{ route, index, failed }] : [];
    })
    .toSorted(
      (one, other) =>
        one.failed.length - other.failed.length ||
        byPrecedence(one.route, other.route) ||
        one.index - other.index,
    )
    .slice(0, mostNear)
    .map(({ route, index, failed }) => ({
      number: index + 1,
      asks: routeText(route),
      failed: failed.map(({ words }) => words),
      outranked:
        failed.length > 0 || decides === undefined ? null : whyBefore(decides, route, order + 1),
    }));
}

/** False only for routes of which neither host nor path can match: ten thousand of them take a moment. */
function quickLook({ host, target }: RoutedRequest): (route: RouteConfig) => boolean {
  const name = host === null ? "" : hostName(host);
  return ({ host: asked, path }) => {
    if (asked === null && path === null) return true;
    if (asked?.kind === "exact" && asked.name === name) return true;
    if (asked?.kind === "wildcard" && name.endsWith(asked.parent)) return true;
    return path !== null && (path.kind === "regex" || target.startsWith(path.path));
  };
}

/** Its host or its path matches, or it asks for neither: a route of another host and path is not near. */
function isNear(parts: readonly Part[], failed: readonly Part[]): boolean {
  const places = parts.filter(({ kind }) => kind === "host" || kind === "path");
  return places.length === 0 || places.some((part) => !failed.includes(part));
}

/**
 * Each part asked alone, by the index that decides: a route that asks for this and nothing else. So an
 * explanation cannot see a match where the router sees none.
 */
function partsOf(
  route: RouteConfig,
  request: RoutedRequest,
  { isPeerTrusted, listener }: Arrival,
): Part[] {
  const { listeners, host, path, methods, headers, query } = route;
  const alone = {
    ...route,
    listeners: null,
    host: null,
    path: null,
    methods: null,
    headers: [],
    query: [],
  };
  const part = (kind: Part["kind"], asked: Partial<RouteConfig>, words: Wording): Part => {
    const index = new RouteIndex([{ ...alone, ...asked }], listener);
    const holds = index.match(request, isPeerTrusted) !== -1;
    return { kind, holds, words: words(holds) };
  };
  const through = listener === null ? "a listener without a name" : `listener ${listener}`;
  return [
    ...(listeners === null
      ? []
      : [
          part(
            "listener",
            { listeners },
            (holds) => `${through} ${isOrNot(holds)} ${listeners.join(" or ")}`,
          ),
        ]),
    ...(host === null ? [] : [part("host", { host }, hostWords(host, request))]),
    ...(path === null ? [] : [part("path", { path }, pathWords(path, request))]),
    ...(methods === null ? [] : [part("method", { methods }, methodWords(methods, request))]),
    ...headers.map((one) => part("header", { headers: [one] }, headerWords(one, request))),
    ...query.map((one) => part("query", { query: [one] }, queryWords(one, request))),
  ];
}

type Wording = (holds: boolean) => string;

function isOrNot(holds: boolean): string {
  return holds ? "is" : "is not";
}

function hostWords(host: NonNullable<RouteConfig["host"]>, request: RoutedRequest): Wording {
  const name = request.host === null ? "no host" : `host ${hostName(request.host)}`;
  return (holds) => `${name} ${isOrNot(holds)} ${hostText(host)}`;
}

function pathWords(path: NonNullable<RouteConfig["path"]>, { target }: RoutedRequest): Wording {
  const relation = path.kind === "regex" ? ["matches", "does not match"] : ["is", "is not"];
  return (holds) => `path ${pathOf(target)} ${relation[holds ? 0 : 1]} ${pathText(path)}`;
}

function methodWords(methods: readonly string[], { method }: RoutedRequest): Wording {
  return (holds) => `method ${method} ${isOrNot(holds)} ${methods.join(" or ")}`;
}

function headerWords(condition: ValueCondition, request: RoutedRequest): Wording {
  return valueWords("header", condition, fieldOf(request, condition.name));
}

function queryWords(condition: ValueCondition, { target }: RoutedRequest): Wording {
  return valueWords("query", condition, parameterOf(target, condition.name));
}

function valueWords(what: string, condition: ValueCondition, value: string | null): Wording {
  const found = value === null ? "it is absent" : `it is ${JSON.stringify(value)}`;
  const asked = `${what} ${conditionText(condition)}`;
  return (holds) => `${asked}: ${holds ? "yes" : `no, ${found}`}`;
}

/** Why a route that matches as well comes first (docs/routing.md). */
export function whyBefore(first: RouteConfig, then: RouteConfig, number: number): string {
  const rule = precedence.find(({ rank }) => rank(first) !== rank(then));
  return `route ${number} comes first: ${rule?.words ?? "it stands first in the file"}`;
}

/** Below 0 when `one` decides before `other`; 0 = the one that stands first in the file does. */
export function byPrecedence(one: RouteConfig, other: RouteConfig): number {
  for (const { rank } of precedence) {
    const difference = rank(other) - rank(one);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The more of the first, or else of the second, and so on; what RouteIndex is built by. */
const precedence: readonly {
  readonly rank: (route: RouteConfig) => number;
  readonly words: string;
}[] = [
  {
    rank: ({ host }) => (host === null ? 0 : host.kind === "wildcard" ? 1 : 2),
    words: "an exact host before a wildcard before any host",
  },
  {
    rank: ({ host }) => (host?.kind === "wildcard" ? host.parent.length : 0),
    words: "the longer wildcard",
  },
  {
    rank: ({ path }) => (path === null ? 0 : { regex: 1, prefix: 2, exact: 3 }[path.kind]),
    words: "an exact path before a prefix before a pattern before any path",
  },
  {
    rank: ({ path }) => (path?.kind === "prefix" ? path.path.length : 0),
    words: "the longer prefix",
  },
  {
    rank: ({ listeners, methods, headers, query }) =>
      (listeners === null ? 0 : 1) + (methods === null ? 0 : 1) + headers.length + query.length,
    words: "more conditions before fewer",
  },
];

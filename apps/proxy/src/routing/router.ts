import type { HeaderChanges, RouteAction, RouteConfig, SplitAction } from "@evenkeel/config";
import { type HashKey, WeightedSplit, splitPoint } from "@evenkeel/core";
import type {
  LineChanges,
  RequestChanges,
  RequestForwarding,
  RequestParser,
} from "@evenkeel/http1";
import type { RouteGate } from "../admission/route-gate.ts";
import { Mirror, type MirrorThread } from "../mirror.ts";
import type { PoolRuntime } from "../pool-runtime.ts";
import { clientIp } from "./client-ip.ts";
import type { RoutedRequest } from "./conditions.ts";
import { readHashKey } from "./hash-key.ts";
import { Redirect } from "./redirect.ts";
import { replacePrefix } from "./rewrite.ts";
import { RouteIndex } from "./route-index.ts";

/** What becomes of a route's requests, made ready; null is what the route does not do. */
export interface Route {
  /** Its place in the file, from 1. */
  readonly number: number;
  /** null where everybody may pass as often as they like. */
  readonly gate: RouteGate | null;
  readonly redirect: Redirect | null;
  /** null with a redirect. */
  readonly poolFor: ChoosePool;
  readonly rewrite: PrefixRewrite | null;
  readonly requestChanges: RequestChanges | null;
  readonly responseChanges: LineChanges | null;
  readonly mirror: Mirror | null;
}

type ChoosePool = (
  request: RequestParser,
  forwarding: RequestForwarding,
  isTrusted: (address: string) => boolean,
) => PoolRuntime | null;

type FindPool = (name: string) => PoolRuntime;

/** What routes need of the thread that they are in. */
export interface RouterDeps {
  readonly findPool: FindPool;
  /** Parallel to the routes. */
  readonly gates: readonly (RouteGate | null)[];
  readonly thread: MirrorThread;
}

/** Every route of a configuration, and which of them decides about a request. */
export class Router {
  /** Of the routes that are for every listener. */
  readonly #index: RouteIndex;
  /** By name, of listeners with routes of their own; null where there are none. */
  readonly #ofListeners: ReadonlyMap<string | null, RouteIndex> | null;
  readonly #routes: readonly Route[];

  constructor(routes: readonly RouteConfig[], deps: RouterDeps) {
    this.#index = new RouteIndex(routes);
    this.#ofListeners = indexesOf(routes);
    this.#routes = routes.map((route, order) => createRoute(route, order, deps));
  }

  /** `listener`: the name of the one that the request came through. */
  find(
    request: RoutedRequest,
    isPeerTrusted: boolean,
    listener: string | null = null,
  ): Route | null {
    const index = this.#ofListeners?.get(listener) ?? this.#index;
    return this.#routes[index.match(request, isPeerTrusted)] ?? null;
  }

  /** Ends what nobody waits for. */
  close(): void {
    for (const { mirror } of this.#routes) mirror?.close();
  }
}

function indexesOf(routes: readonly RouteConfig[]): ReadonlyMap<string, RouteIndex> | null {
  const names = new Set(routes.flatMap(({ listeners }) => listeners ?? []));
  if (names.size === 0) return null;
  return new Map([...names].map((name) => [name, new RouteIndex(routes, name)]));
}

function createRoute(
  route: RouteConfig,
  order: number,
  { findPool, gates, thread }: RouterDeps,
): Route {
  const { action, rewrite, mirror } = route;
  const prefix = prefixOf(route);
  const responseChanges = changesOf(route.responseHeaders);
  const isRewritten = prefix !== null && rewrite !== null && rewrite.prefix !== null;
  return {
    number: order + 1,
    gate: gates[order] ?? null,
    redirect:
      action.kind === "redirect"
        ? new Redirect(action, prefix, responseChanges?.lines ?? "")
        : null,
    poolFor: chooserOf(action, findPool, thread.random),
    rewrite: isRewritten ? new PrefixRewrite(prefix, rewrite.prefix) : null,
    requestChanges: requestChangesOf(route),
    responseChanges,
    mirror: mirror === null ? null : new Mirror(findPool(mirror.pool), mirror.share, thread),
  };
}

function chooserOf(action: RouteAction, findPool: FindPool, random: () => number): ChoosePool {
  if (action.kind === "redirect") return () => null;
  if (action.kind === "split") return splitChooser(action, findPool, random);
  const pool = findPool(action.pool);
  return () => pool;
}

function splitChooser(
  { arms, by }: SplitAction,
  findPool: FindPool,
  random: () => number,
): ChoosePool {
  const split = new WeightedSplit(arms.map(({ weight }) => weight));
  const pools = arms.map(({ pool }) => findPool(pool));
  const poolAt = (point: number): PoolRuntime | null => pools[split.armAt(point)] ?? null;
  if (by === "random") return () => poolAt(random());
  return (request, forwarding, isTrusted) =>
    poolAt(splitPoint(splitKeyOf(by, request, forwarding, isTrusted)));
}

/** What makes a client the same one for a split. */
export function splitKeyOf(
  by: HashKey,
  request: RequestParser,
  forwarding: RequestForwarding,
  isTrusted: (address: string) => boolean,
): string {
  const key = readHashKey(by, request, forwarding, isTrusted);
  // Who brings no key would otherwise be in one arm with all others who bring none.
  return key === "" ? clientIp(request, forwarding, isTrusted) : key;
}

/** What a rewrite replaces, and what `{rest}` comes after; null where a route has no such thing. */
export function prefixOf({ path }: RouteConfig): string | null {
  return path === null || path.kind === "regex" ? null : path.path;
}

/** What becomes of a request's fields on the way to a backend; null = nothing but what always does. */
export function requestChangesOf({ requestHeaders, rewrite }: RouteConfig): RequestChanges | null {
  const changes = changesOf(requestHeaders);
  const host = rewrite?.host ?? null;
  if (changes === null && host === null) return null;
  return { ...(changes ?? { dropped: [], lines: "" }), host };
}

function changesOf(changes: HeaderChanges | null): LineChanges | null {
  if (changes === null) return null;
  const { set, add, remove } = changes;
  const names = [...remove, ...set.map(([name]) => name)];
  return {
    dropped: names.map((name) => name.toLowerCase()),
    lines: [...set, ...add].map(([name, value]) => `${name}: ${value}\r\n`).join(""),
  };
}

export class PrefixRewrite {
  readonly #prefix: string;
  readonly #replacement: string;

  constructor(prefix: string, replacement: string) {
    this.#prefix = prefix;
    this.#replacement = replacement;
  }

  /** What the backend is asked for. */
  targetOf(target: string): string {
    return replacePrefix(target, this.#prefix, this.#replacement);
  }
}

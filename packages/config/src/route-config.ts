import type { HashKey } from "@evenkeel/core";
import type { AccessConfig, ConcurrencyLimitConfig, RateLimitConfig } from "./resolved-config.ts";

/** Which requests, and what becomes of them. Everything that matches a request is compared undecoded. */
export interface RouteConfig {
  /** Names of the listeners whose requests it is for; null = all. */
  readonly listeners: readonly string[] | null;
  /** null = any. */
  readonly host: RouteHost | null;
  /** null = any. */
  readonly path: RoutePath | null;
  /** null = any. */
  readonly methods: readonly string[] | null;
  /** All of them must hold; names in lower case. */
  readonly headers: readonly ValueCondition[];
  /** All of them must hold. */
  readonly query: readonly ValueCondition[];
  readonly action: RouteAction;
  /** null = the backend gets the client's target and Host. */
  readonly rewrite: RouteRewrite | null;
  readonly requestHeaders: HeaderChanges | null;
  readonly responseHeaders: HeaderChanges | null;
  /** null = nothing is sent twice. */
  readonly mirror: MirrorConfig | null;
  /** All of them have to allow a request. */
  readonly rateLimits: readonly RateLimitConfig[];
  /** Likewise, by what is under way. */
  readonly concurrencyLimits: readonly ConcurrencyLimitConfig[];
  readonly access: AccessConfig;
}

export interface MirrorConfig {
  readonly pool: string;
  /** Of the requests that can be mirrored; above 0, at most 1. */
  readonly share: number;
}

/** Names are in lower case, without port and final dot. */
export type RouteHost =
  | { readonly kind: "exact"; readonly name: string }
  /** Every name below `parent`, however deep, and not `parent` itself. */
  | { readonly kind: "wildcard"; readonly parent: string };

export type RoutePath =
  | { readonly kind: "exact"; readonly path: string }
  /** Ends on a segment boundary: `/v1` is `/v1` and `/v1/x`, never `/v10`. */
  | { readonly kind: "prefix"; readonly path: string }
  | { readonly kind: "regex"; readonly pattern: string };

export interface ValueCondition {
  readonly name: string;
  readonly test:
    | { readonly kind: "equals"; readonly value: string }
    | { readonly kind: "matches"; readonly pattern: string }
    | { readonly kind: "present" | "absent" };
}

export type RouteAction =
  | { readonly kind: "pool"; readonly pool: string }
  | SplitAction
  | RedirectAction;

export interface SplitAction {
  readonly kind: "split";
  readonly arms: readonly { readonly pool: string; readonly weight: number }[];
  /** What makes a client the same one; `random` draws for every request. */
  readonly by: HashKey | "random";
}

export interface RedirectAction {
  readonly kind: "redirect";
  /** A location with `{host}`, `{path}`, `{rest}` and `{query}` in it. */
  readonly to: string;
  readonly status: number;
}

export interface RouteRewrite {
  /** Takes the place of the route's path; `/` strips it. null = the path stays. */
  readonly prefix: string | null;
  /** The Host that backends get; null = the client's. */
  readonly host: string | null;
}

/** Names as they are written. */
export interface HeaderChanges {
  /** Instead of all lines of that name. */
  readonly set: readonly HeaderLine[];
  /** Besides the lines of that name. */
  readonly add: readonly HeaderLine[];
  readonly remove: readonly string[];
}

export type HeaderLine = readonly [name: string, value: string];

/** The route that takes every request. */
export function everythingTo(pool: string): RouteConfig {
  return {
    listeners: null,
    host: null,
    path: null,
    methods: null,
    headers: [],
    query: [],
    action: { kind: "pool", pool },
    rewrite: null,
    requestHeaders: null,
    responseHeaders: null,
    mirror: null,
    rateLimits: [],
    concurrencyLimits: [],
    access: { allow: null, deny: [] },
  };
}

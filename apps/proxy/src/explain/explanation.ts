import type { CookieVerdict, PickFacts } from "@evenkeel/core";
import type { ProxyError } from "../proxy-error.ts";

/** What would become of one request, and why; as `POST /api/v1/explain` answers. */
export interface Explanation {
  /** The request as the balancer reads it. */
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly host: string | null;
    /** Who sent it, by X-Forwarded-For where the peer is trusted. */
    readonly clientIp: string;
    readonly peer: string;
    readonly isPeerTrusted: boolean;
    readonly listener: string;
  };
  readonly outcome: ExplainedOutcome;
  /** The one that decides; null when none matches, or it was not looked for. */
  readonly route: ExplainedRoute | null;
  /** Those that came nearest, the nearest first. */
  readonly nearRoutes: readonly NearRoute[];
  /** How many requests of a key are under way; asked before the rate limits. */
  readonly concurrencyLimits: readonly ExplainedConcurrency[];
  readonly rateLimits: readonly ExplainedLimit[];
  readonly split: ExplainedSplit | null;
  /** What backends would be sent; null when none would be. */
  readonly forwarded: { readonly target: string; readonly head: readonly string[] } | null;
  readonly mirror: { readonly pool: string; readonly share: number } | null;
  /** The route's pool, or each arm that the request may be in. */
  readonly pools: readonly ExplainedPool[];
  /** What an explanation cannot know. */
  readonly notes: readonly string[];
}

export type ExplainedOutcome =
  | { readonly kind: "forward"; readonly backends: readonly PossibleBackend[] }
  /** All that could serve it are at their caps. */
  | { readonly kind: "wait"; readonly detail: string }
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly error: ProxyError;
      readonly detail: string;
    }
  | { readonly kind: "redirect"; readonly status: number; readonly location: string }
  | { readonly kind: "answer"; readonly status: number; readonly detail: string };

export interface PossibleBackend {
  readonly pool: string;
  readonly backend: string;
  /** 0 to 1. */
  readonly chance: number;
}

export interface ExplainedRoute {
  /** Its place in the file, from 1. */
  readonly number: number;
  /** What it asks for, in a few words. */
  readonly asks: string;
  /** Each thing that it asks for, and how the request answers it. */
  readonly because: readonly string[];
}

export interface NearRoute {
  readonly number: number;
  readonly asks: string;
  /** What did not match; empty when all did, but another route comes first. */
  readonly failed: readonly string[];
  /** Which rule puts the deciding route first; null when something failed. */
  readonly outranked: string | null;
}

export interface ExplainedLimit {
  readonly name: string;
  /** Whom it counts: the key's value. */
  readonly key: string;
  readonly isAllowed: boolean;
  /** After this request. */
  readonly remaining: number;
  /** Until one more is there or, when it is refused, until it is allowed. */
  readonly waitMs: number;
}

export interface ExplainedConcurrency {
  /** Whom it counts: the key's value. */
  readonly key: string;
  /** Without this request. */
  readonly underWay: number;
  /** At a time. */
  readonly most: number;
  readonly isAllowed: boolean;
}

export interface ExplainedSplit {
  readonly by: string;
  /** What was hashed; null when every request draws. */
  readonly key: string | null;
  /** 0 to below 1; null when every request draws. */
  readonly point: number | null;
  readonly arms: readonly { readonly pool: string; readonly chance: number }[];
}

export interface ExplainedPool {
  readonly pool: string;
  /** That the request goes to this pool at all. */
  readonly chance: number;
  readonly strategy: string;
  /** Fewer can serve than the panic threshold asks for: ejected backends serve, too. */
  readonly isPanicking: boolean;
  readonly inFlight: number;
  /** Requests that wait for room. */
  readonly waiting: number;
  readonly hashKey: { readonly from: string; readonly value: string } | null;
  readonly sticky: ExplainedCookie | null;
  /** Why there is no backend; null when there is one. */
  readonly refusal: string | null;
  readonly backends: readonly ExplainedBackend[];
  /** Of strategies that take turns. */
  readonly nextTurns: readonly string[];
  /** Of requests with a key: whose it is, and whose it is if those before fail. */
  readonly keyOrder: readonly string[];
  readonly retry: ExplainedRetry;
}

export interface ExplainedCookie {
  readonly cookie: string;
  readonly verdict: CookieVerdict["kind"] | "absent";
  /** That it names, if it says so. */
  readonly backend: string | null;
  readonly detail: string;
}

/** `picked` and `possible` may get the request; every other word says why not. */
export type BackendVerdict =
  | "picked"
  | "possible"
  | "not-picked"
  | "bound-elsewhere"
  | "backup"
  | "at-capacity"
  | "pool-full"
  | "ejected"
  | "unhealthy"
  | "unchecked"
  | "draining"
  | "maintenance";

export interface ExplainedBackend {
  readonly id: string;
  readonly url: string;
  readonly chance: number;
  readonly verdict: BackendVerdict;
  /** For people. */
  readonly reason: string;
  readonly status: string;
  readonly breaker: string;
  readonly ejectedUntil: string | null;
  readonly weight: number;
  readonly priority: number;
  readonly inFlight: number;
  /** Most that may be in flight; null = no cap. */
  readonly cap: number | null;
  /** Below 1 in slow start. */
  readonly share: number;
  /** What the strategy compares. */
  readonly score: PickFacts;
}

export interface ExplainedRetry {
  readonly maxRetries: number;
  /** Retries that the budget has left at this moment; null = no budget. */
  readonly budgetLeft: number | null;
  readonly isIdempotent: boolean;
  /** What a first attempt may come to, and whether another backend would be asked. */
  readonly after: readonly {
    readonly outcome: string;
    readonly isRetried: boolean;
    readonly reason: string | null;
  }[];
}

import type { HashKey, StrategyChoice } from "@evenkeel/core";
import type { RouteConfig } from "./route-config.ts";

/**
 * The whole configuration after defaults, environment and flags were applied: frozen, without
 * optionals, every duration in milliseconds and every size in bytes. A request sees one of these
 * from beginning to end.
 */
export interface ResolvedConfig {
  readonly version: 1;
  /** Data-plane threads; 0 runs the data plane in the main thread. `auto` is resolved by the app. */
  readonly workers: number | "auto";
  readonly listeners: readonly ListenerConfig[];
  /** null = no admin listener. */
  readonly admin: AdminConfig | null;
  readonly pools: readonly PoolConfig[];
  /** In file order; docs/routing.md says which of those that match decides. */
  readonly routes: readonly RouteConfig[];
  readonly accessLog: AccessLogConfig;
  readonly traces: TracesConfig;
  readonly shutdown: { readonly timeoutMs: number };
}

export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ListenerConfig {
  /** What routes call it; null = none of them does. */
  readonly name: string | null;
  readonly address: ListenAddress;
  /** Permission bits of a unix socket's file; null = what the umask leaves. */
  readonly mode: number | null;
  /** CIDRs or single addresses whose forwarded fields are believed. */
  readonly trustedProxies: readonly string[];
  /** What trusted peers, and all of a unix socket, send before anything else; null = nothing. */
  readonly proxyProtocol: "v1" | "v2" | "any" | null;
  readonly access: AccessConfig;
  /** Whose GET the balancer answers itself: which backends serve; null = nobody's. */
  readonly statusPath: string | null;
  readonly timeouts: ListenerTimeouts;
  readonly limits: ListenerLimits;
}

export interface ListenerTimeouts {
  /** From the first byte of a request head to its end. */
  readonly headerMs: number;
  /** Longest pause while a request body arrives. */
  readonly bodyMs: number;
  /** Idle time between two requests on a kept connection. */
  readonly keepAliveMs: number;
  /** Longest time without progress while a response is written to the client. */
  readonly sendMs: number;
  /** From the first byte of a request to the last of its response; 0 = no limit. */
  readonly totalMs: number;
  /** After this the connection closes with its next response. */
  readonly connectionMs: number;
  /** How long an idle connection may bring one more request once the listener stops; 0 = it ends at once. */
  readonly drainMs: number;
}

export interface ListenerLimits {
  readonly headBytes: number;
  readonly targetBytes: number;
  readonly fields: number;
  /** Largest request body; 0 = no limit. */
  readonly bodyBytes: number;
  /** Slowest request body, in bytes per second on average, judged after ten seconds; 0 = no limit. */
  readonly bodyBytesPerSecond: number;
  /** Client connections at a time over all workers; `auto` is resolved by the app. */
  readonly connections: number | "auto";
  /** After this many the connection closes, give or take a tenth; 0 = no limit. */
  readonly requestsPerConnection: number;
}

export interface AdminConfig {
  readonly address: ListenAddress;
  /** null = callers need none, which only loopback and unix sockets allow. */
  readonly token: string | null;
  /** Host names in lower case, besides localhost, IP addresses and the address itself. */
  readonly allowedHosts: readonly string[];
}

export interface PoolConfig {
  readonly name: string;
  readonly strategy: StrategyChoice;
  readonly backends: readonly BackendConfig[];
  readonly retry: RetryConfig;
  /** null = no second copies. */
  readonly hedge: HedgeConfig | null;
  /** null = failures in a row open nothing. */
  readonly circuitBreaker: CircuitBreakerConfig | null;
  /** null = statistics eject nobody. */
  readonly outlierDetection: OutlierDetectionConfig | null;
  /** How long a backend that comes back takes to get its full share; 0 = at once. */
  readonly slowStartMs: number;
  /** Below this share of available backends the ejected ones serve, too; 0 = never. */
  readonly panicThreshold: number;
  readonly limits: PoolLimits;
  /** null = the strategy decides about every request. */
  readonly sticky: StickyConfig | null;
  /** What connections to the backends begin with; null = the request. */
  readonly proxyProtocol: "v1" | "v2" | null;
  readonly connections: {
    /** Idle ones kept per backend and worker. */
    readonly poolSize: number;
    readonly idleTimeoutMs: number;
    /** Requests that become ready together share a connection. */
    readonly pipelining: boolean;
  };
  readonly timeouts: PoolTimeouts;
}

export interface RetryConfig {
  /** Attempts after the first one. */
  readonly maxRetries: number;
  /** Of them, those after a response timeout, on a backend that was not tried yet. */
  readonly maxTimeoutRetries: number;
  /** Retries as a share of the requests of the last ten seconds; null = as many as like. */
  readonly budget: number | null;
  /** Besides the budget, over all workers. */
  readonly minRetriesPerSecond: number;
  /** Answers that are retried when the request is idempotent. */
  readonly statuses: readonly number[];
  /** Upper end of the second retry's random delay, doubled for each one after it. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Largest request body that is kept to be sent again. */
  readonly bufferBodyBytes: number;
}

export interface HedgeConfig {
  /** Of the latencies seen lately: who waits longer gets a second copy. */
  readonly quantile: number;
  /** Second copies as a share of the requests of the last ten seconds. */
  readonly budget: number;
  readonly minDelayMs: number;
}

export interface CircuitBreakerConfig {
  readonly failureThreshold: number;
  readonly resetTimeoutMs: number;
  /** Trial requests at a time while half-open. */
  readonly halfOpenRequests: number;
  /** Share by which a time out may be longer, 0..1. */
  readonly jitter: number;
}

export interface OutlierDetectionConfig {
  readonly intervalMs: number;
  /** 0 = this rule is off. */
  readonly failurePercentage: number;
  /** Standard deviations; 0 = this rule is off. */
  readonly successRateDeviation: number;
  readonly minRequests: number;
  readonly minBackends: number;
  readonly maxEjected: number;
  readonly maxEjectionTimeMs: number;
}

export interface PoolLimits {
  /** Over all workers; null = no limit. */
  readonly inFlightPerBackend: number | null;
  readonly inFlight: number | null;
  /** Waiting requests per worker. */
  readonly queue: number;
  readonly queueTimeoutMs: number;
  readonly adaptive: boolean;
}

export interface StickyConfig {
  /** The cookie's name. */
  readonly cookie: string;
  /** From the first cookie of a session on. */
  readonly ttlMs: number;
  /** Longest pause between two requests; 0 = any. */
  readonly idleMs: number;
  /** The first one signs; one or more. */
  readonly secrets: readonly string[];
  readonly sameSite: "lax" | "strict" | "none";
  /** `auto`: when the client used TLS. */
  readonly secure: "auto" | boolean;
  readonly path: string;
  readonly domain: string | null;
  /** Whether the clients of a draining backend stay there. */
  readonly drain: "finish" | "move";
  /** Backends see the cookie. */
  readonly forward: boolean;
}

export interface PoolTimeouts {
  readonly connectMs: number;
  /** From the end of the request to the first byte of the response head. */
  readonly responseMs: number;
  /** Longest pause inside a response body. */
  readonly idleMs: number;
  /** Longest silence of both sides of an upgraded connection. */
  readonly tunnelMs: number;
}

export interface BackendConfig {
  /** Unique in its pool; `host:port` or `unix:/path` unless given. */
  readonly id: string;
  /** `localhost` where the backend listens on a unix socket. */
  readonly host: string;
  /** 0 where the backend listens on a unix socket. */
  readonly port: number;
  /** null = it listens on host and port. */
  readonly socketPath: string | null;
  readonly weight: number;
  /** 0 serves; a higher number only while no backend of a lower one is ready. */
  readonly priority: number;
  /** The pool's check with the backend's own settings laid over it; null = never checked. */
  readonly healthCheck: HealthCheckConfig | null;
}

export interface HealthCheckConfig {
  /** `tcp`: a connection that stands is a pass. */
  readonly type: "http" | "tcp";
  readonly method: "GET" | "HEAD";
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** Share of the interval by which a check may come earlier or later, 0..1. */
  readonly jitter: number;
  /** Interval while a verdict is in transition. */
  readonly fastIntervalMs: number;
  readonly expectedStatus: readonly StatusRange[];
  /** What the first 64 KiB of the body must contain; null = anything. */
  readonly expectedBody: string | null;
  /** Before the first check: `unknown` and `healthy` take traffic. */
  readonly initialState: "unknown" | "healthy" | "unhealthy";
}

export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** Which clients may ask, by address: CIDRs or single addresses. */
export interface AccessConfig {
  /** null = everybody who is not denied. */
  readonly allow: readonly string[] | null;
  /** Holds against `allow`. */
  readonly deny: readonly string[];
}

export type RateLimitKey =
  | Exclude<HashKey, { readonly from: "path" }>
  | { readonly from: "global" };

export interface RateLimitConfig {
  /** In RateLimit fields; unique in its route. */
  readonly name: string;
  /** `count` requests per `perMs`, on average and for each key. */
  readonly count: number;
  readonly perMs: number;
  /** Requests of one key at one moment. */
  readonly burst: number;
  readonly key: RateLimitKey;
  readonly maxKeys: number;
  /** Whether responses carry RateLimit and RateLimit-Policy. */
  readonly headers: boolean;
}

export interface ConcurrencyLimitConfig {
  /** Of each key at a time, over all workers. */
  readonly requests: number;
  readonly key: RateLimitKey;
  readonly maxKeys: number;
}

/** Requests whose every decision is written down, for the admin API. */
export interface TracesConfig {
  /** Of all requests, 0 to 1; 0 = none until somebody asks for some. */
  readonly share: number;
  /** The newest ones are kept. */
  readonly keep: number;
}

export interface AccessLogConfig {
  readonly format: "json" | "common" | "combined" | "off";
}

import {
  type ListenerConfig,
  type PoolConfig,
  type RateLimitKey,
  type RouteConfig,
  type SplitAction,
  formatListenAddress,
} from "@evenkeel/config";
import { WeightedSplit, splitPoint } from "@evenkeel/core";
import {
  type RequestForwarding,
  type RequestParser,
  forwardRequestHead,
  violationDetail,
  violationStatus,
} from "@evenkeel/http1";
import { admit } from "../admit.ts";
import { clientAccess, clientDenied } from "../admission/client-access.ts";
import { attachLimitTables } from "../admission/limit-tables.ts";
import { limitKeyOf } from "../admission/rate-limits.ts";
import type { Refusal } from "../refusal.ts";
import { addressSet } from "../routing/address-set.ts";
import { clientIp } from "../routing/client-ip.ts";
import { Redirect } from "../routing/redirect.ts";
import { replacePrefix } from "../routing/rewrite.ts";
import { prefixOf, requestChangesOf, splitKeyOf } from "../routing/router.ts";
import { StatusPage, statusIsRead } from "../status-page.ts";
import { dropCookies, findCookie } from "../sticky/take-cookie.ts";
import { type AskedExchange, type AskedRequest, parseAsked } from "./asked-request.ts";
import { explainPool } from "./explain-pool.ts";
import type { ExplainSources } from "./explain-sources.ts";
import type {
  ExplainedLimit,
  ExplainedOutcome,
  ExplainedPool,
  ExplainedSplit,
  Explanation,
} from "./explanation.ts";
import { explainRoutes } from "./route-parts.ts";

type Answer =
  | { readonly ok: true; readonly explanation: Explanation }
  | { readonly ok: false; readonly message: string };

/**
 * What would become of a request at this moment, step by step in the order of handle-request.ts and by
 * the same functions. Nothing is charged, drawn, counted or taken.
 */
export function explainRequest(asked: AskedRequest, sources: ExplainSources): Answer {
  const listener = listenerOf(asked, sources.config.listeners);
  if (typeof listener === "string") return { ok: false, message: listener };
  const request = parseAsked(asked, listener.limits);
  const isTrusted = addressSet(listener.trustedProxies);
  const peer = asked.clientIp ?? (listener.address.kind === "unix" ? "unix" : "127.0.0.1");
  const forwarding = forwardingOf(peer, isTrusted);
  const exchange = { request, forwarding, isTrusted };
  const client = clientIp(request, forwarding, isTrusted);
  const seen = {
    method: request.method,
    target: request.target,
    host: request.host,
    clientIp: client,
    peer,
    isPeerTrusted: forwarding.isPeerTrusted,
    listener: formatListenAddress(listener.address),
  };
  const refused =
    refusalAtListener(exchange, client, listener) ?? statusPageAnswer(exchange, listener, sources);
  const rest =
    refused === null ? explainRouted(exchange, client, listener.name, sources) : nothing(refused);
  return { ok: true, explanation: { request: seen, ...rest } };
}

type Routed = Omit<Explanation, "request">;

function nothing(outcome: ExplainedOutcome): Routed {
  const empty = { nearRoutes: [], concurrencyLimits: [], rateLimits: [], pools: [], notes: [] };
  return { outcome, route: null, split: null, forwarded: null, mirror: null, ...empty };
}

/** What can be said before a route is looked for; null = nothing. */
function refusalAtListener(
  { request }: AskedExchange,
  client: string,
  { access, limits }: ListenerConfig,
): ExplainedOutcome | null {
  if (request.violation !== null) {
    const status = violationStatus(request.violation);
    const detail = violationDetail(request.violation);
    return { kind: "refuse", status, error: "http_request_error", detail };
  }
  if (clientAccess(access)?.(client) === false) return refusal(clientDenied);
  const notAdmitted = admit(request, limits);
  if (notAdmitted !== null) return refusal(notAdmitted);
  if (request.maxForwards === 0) {
    return {
      kind: "answer",
      status: 200,
      detail: "Max-Forwards is 0: the balancer answers itself",
    };
  }
  return null;
}

/** What the balancer answers itself on the listener's status path; null = it is not asked for. */
function statusPageAnswer(
  { request }: AskedExchange,
  { statusPath }: ListenerConfig,
  { config, scoreboard }: ExplainSources,
): ExplainedOutcome | null {
  if (statusPath === null) return null;
  const page = new StatusPage(statusPath, () => config, scoreboard);
  if (!page.isAskedBy(request.target)) return null;
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead) return refusal(statusIsRead);
  return { kind: "answer", status: 200, detail: `${statusPath}: the balancer answers itself` };
}

function refusal({ status, error, detail }: Refusal): ExplainedOutcome {
  return { kind: "refuse", status, error, detail };
}

function explainRouted(
  exchange: AskedExchange,
  client: string,
  listener: string | null,
  sources: ExplainSources,
): Routed {
  const { request, forwarding } = exchange;
  const { routes } = sources.config;
  const { isPeerTrusted } = forwarding;
  const found = explainRoutes(routes, request, { isPeerTrusted, listener });
  const route = routes[found.order];
  const known = { route: found.route, nearRoutes: found.near };
  if (route === undefined) {
    const error = "destination_not_found" as const;
    const refused = { kind: "refuse", status: 404, error, detail: "no route matches" } as const;
    return { ...nothing(refused), ...known };
  }
  if (clientAccess(route.access)?.(client) === false) {
    return { ...nothing(refusal(clientDenied)), ...known };
  }
  const limits = explainLimits(exchange, found.order, sources);
  const split = route.action.kind === "split" ? explainSplit(route.action, exchange) : null;
  const limited = limitRefusal(limits);
  const redirect = limited === null ? explainRedirect(route, request, forwarding) : null;
  // Before the head is made, which takes lines away that affinity and keys are read from.
  const pools = armsOf(route, split).map(({ pool, chance }) =>
    explainPool(pool, chance, exchange, sources),
  );
  const outcome = limited ?? redirect ?? outcomeOf(pools, sources);
  const isForwarded = outcome.kind === "forward" || outcome.kind === "wait";
  const [into] = pools;
  const pool = sources.config.pools.find(({ name }) => name === into?.pool);
  const forwarded = isForwarded ? explainHead(route, pool, exchange) : null;
  const mirror = redirect === null ? route.mirror : null;
  return {
    ...known,
    ...limits,
    outcome,
    split,
    forwarded,
    mirror,
    pools,
    notes: notesOf(pools, sources),
  };
}

function listenerOf(
  { listener }: AskedRequest,
  listeners: readonly ListenerConfig[],
): ListenerConfig | string {
  const addresses = listeners.map(({ address }) => formatListenAddress(address));
  const byName = listeners.findIndex(({ name }) => name !== null && name === listener);
  const index = listener === null ? 0 : byName === -1 ? addresses.indexOf(listener) : byName;
  const found =
    listeners[index === -1 && /^\d{1,5}$/.test(listener ?? "") ? Number(listener) : index];
  if (found !== undefined) return found;
  const known = listeners
    .map(({ name }, place) => [name, addresses[place]].filter((part) => part !== null).join(", "))
    .map((words, place) => `${place} (${words})`)
    .join(", ");
  return `there is no listener ${JSON.stringify(listener)}; there are ${known}`;
}

function forwardingOf(peer: string, isTrusted: (address: string) => boolean): RequestForwarding {
  return {
    clientAddress: peer,
    proto: "http",
    isPeerTrusted: isTrusted(peer),
    via: "1.1 evenkeel",
    localAuthority: "localhost",
    requestId: "(its id)",
    ownLines: null,
  };
}

type Limits = Pick<Explanation, "concurrencyLimits" | "rateLimits">;

function explainLimits(
  { request, forwarding, isTrusted }: AskedExchange,
  order: number,
  { config, scoreboard, now }: ExplainSources,
): Limits {
  const { workers } = scoreboard.shape;
  const tables = attachLimitTables(config.routes, config.limitTables, { worker: 0, workers })[
    order
  ];
  const { rateLimits = [], concurrencyLimits = [] } = config.routes[order] ?? {};
  const valueOf = (key: RateLimitKey): string => limitKeyOf(key, request, forwarding, isTrusted);
  return {
    concurrencyLimits: concurrencyLimits.flatMap(({ key, requests: most }, index) => {
      const table = tables?.concurrency[index];
      if (table === undefined) return [];
      const value = valueOf(key);
      const underWay = table.underWay(value);
      return [{ key: value, underWay, most, isAllowed: underWay < most }];
    }),
    rateLimits: rateLimits.flatMap(({ name, key }, index) => {
      const table = tables?.rates[index];
      if (table === undefined) return [];
      const value = valueOf(key);
      const isAllowed = table.peek(value, now);
      return [{ name, key: value, isAllowed, remaining: table.remaining, waitMs: table.waitMs }];
    }),
  };
}

/** The refusal that the first limit which has no room gives; null when all have. */
function limitRefusal({ concurrencyLimits, rateLimits }: Limits): ExplainedOutcome | null {
  const full = concurrencyLimits.find(({ isAllowed }) => !isAllowed);
  if (full !== undefined) {
    const detail = `${full.underWay} of ${full.most} requests at a time are under way`;
    return { kind: "refuse", status: 429, error: "concurrency_limited", detail };
  }
  return rateLimits.every(({ isAllowed }) => isAllowed) ? null : tooMany(rateLimits);
}

function tooMany(limits: readonly ExplainedLimit[]): ExplainedOutcome {
  const refusing = limits.filter(({ isAllowed }) => !isAllowed);
  const names = refusing.map(({ name }) => name).join(", ");
  const waitMs = Math.max(...refusing.map((limit) => limit.waitMs));
  const detail = `more requests than the rate limit ${names} allows; the next in ${Math.ceil(waitMs / 1_000)} s`;
  return { kind: "refuse", status: 429, error: "rate_limited", detail };
}

function explainSplit({ arms, by }: SplitAction, exchange: AskedExchange): ExplainedSplit {
  const weights = arms.map(({ weight }) => weight);
  if (by === "random") {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = arms.map(({ pool, weight }) => ({ pool, chance: weight / total }));
    return { by, key: null, point: null, arms: shares };
  }
  const { request, forwarding, isTrusted } = exchange;
  const key = splitKeyOf(by, request, forwarding, isTrusted);
  const point = splitPoint(key);
  const arm = new WeightedSplit(weights).armAt(point);
  const chosen = arms.map(({ pool }, index) => ({ pool, chance: index === arm ? 1 : 0 }));
  return { by: "name" in by ? `${by.from}:${by.name}` : by.from, key, point, arms: chosen };
}

function explainRedirect(
  route: RouteConfig,
  request: RequestParser,
  forwarding: RequestForwarding,
): ExplainedOutcome | null {
  if (route.action.kind !== "redirect") return null;
  const redirect = new Redirect(route.action, prefixOf(route), "");
  const { target, host } = request;
  const location = redirect.location({ host: host ?? forwarding.localAuthority, target });
  return { kind: "redirect", status: redirect.status, location };
}

function armsOf(
  { action }: RouteConfig,
  split: ExplainedSplit | null,
): readonly { readonly pool: string; readonly chance: number }[] {
  if (action.kind === "pool") return [{ pool: action.pool, chance: 1 }];
  return split?.arms.filter(({ chance }) => chance > 0) ?? [];
}

function outcomeOf(
  pools: readonly ExplainedPool[],
  { config }: Pick<ExplainSources, "config">,
): ExplainedOutcome {
  const possible = pools.flatMap(({ pool, chance: ofPool, backends }) =>
    backends
      .filter(({ chance }) => chance > 0)
      .map(({ id, chance }) => ({ pool, backend: id, chance: chance * ofPool })),
  );
  if (possible.length > 0) {
    const backends = possible.toSorted((one, other) => other.chance - one.chance);
    return { kind: "forward", backends };
  }
  const busy = pools.find(({ refusal: why }) => why === "at-capacity");
  const limits = config.pools.find(({ name }) => name === busy?.pool)?.limits;
  const error = "destination_unavailable" as const;
  if (busy === undefined || limits === undefined) {
    return { kind: "refuse", status: 503, error, detail: "no backend is ready" };
  }
  if (limits.queue === 0) {
    const detail = "all backends are at their caps, and nobody may wait";
    return { kind: "refuse", status: 503, error, detail };
  }
  const wait = `up to ${limits.queueTimeoutMs} ms for room in ${busy.pool}`;
  return {
    kind: "wait",
    detail: `${wait}; ${busy.waiting} wait already, ${limits.queue} may per worker`,
  };
}

/** Takes away what does not go on: the last thing that is done to the request. */
function explainHead(
  route: RouteConfig,
  pool: PoolConfig | undefined,
  { request, forwarding }: AskedExchange,
): NonNullable<Explanation["forwarded"]> {
  const changes = requestChangesOf(route);
  const cookies = keptCookies(pool, request);
  const added = changes?.dropped.includes("cookie") === true ? "" : cookies;
  const prefix = prefixOf(route);
  const replacement = route.rewrite?.prefix ?? null;
  const target =
    prefix === null || replacement === null
      ? request.target
      : replacePrefix(request.target, prefix, replacement);
  const head = forwardRequestHead(request, forwarding, added, target, changes);
  return { target, head: head.split("\r\n").filter((line) => line !== "") };
}

/** The Cookie line without the one that binds clients, which backends do not see. */
function keptCookies(pool: PoolConfig | undefined, request: RequestParser): string {
  if (pool === undefined || pool.sticky === null || pool.sticky.forward) return "";
  const found = findCookie(request, pool.sticky.cookie);
  if (found === null) return "";
  dropCookies(request);
  return found.rest;
}

function notesOf(
  pools: readonly ExplainedPool[],
  { isLive, scoreboard, config }: ExplainSources,
): readonly string[] {
  if (!isLive) {
    return ["nothing runs: every backend is as it is at the start, before its first check"];
  }
  const isWarming = pools.some(({ backends }) => backends.some(({ share }) => share < 1));
  return [
    ...(config.pools.some(({ limits }) => limits.adaptive)
      ? ["adaptive limits are each worker's own, and are not looked at"]
      : []),
    ...(isWarming && scoreboard.shape.workers > 1
      ? [
          "what each worker has saved up for backends in slow start is its own: chances are an average",
        ]
      : []),
  ];
}

import {
  type PoolConfig,
  type ResolvedConfig,
  type RouteConfig,
  formatBackendUrl,
} from "@evenkeel/config";
import { Balancer, Pool, Scoreboard, WeightedSplit, hashKeyOf, splitPoint } from "@evenkeel/core";
import { type RequestForwarding, RequestParser, violationStatus } from "@evenkeel/http1";
import { admit } from "../admit.ts";
import { clientAccess } from "../admission/client-access.ts";
import { attachLimitTables, limitKeysOf } from "../admission/limit-tables.ts";
import { type RouteGate, createRouteGate } from "../admission/route-gate.ts";
import { parseAsked } from "../explain/asked-request.ts";
import { routeText } from "../explain/route-words.ts";
import { membersOf } from "../generation/placed-config.ts";
import { Places, roomFor } from "../generation/places.ts";
import { decodeLatin1 } from "../latin1-buffer.ts";
import { addressSet } from "../routing/address-set.ts";
import { readHashKey } from "../routing/hash-key.ts";
import { replacePrefix } from "../routing/rewrite.ts";
import { prefixOf, splitKeyOf } from "../routing/router.ts";
import { StatusPage } from "../status-page.ts";
import { answerableKey, withAnswerableLimits } from "./answerable.ts";
import type { LogRecord } from "./log-record.ts";
import { UnknownRoutes } from "./unknown-routes.ts";

/** Where a configuration sends one request of a log. */
export interface Placement {
  /** What the log would have to tell; null when nothing is missing. */
  readonly missing: string | null;
  /** In a few words, the same for all requests with this fate: `pool web`, `404`, `301`, `403`. */
  readonly outcome: string;
  /** From 1; 0 when none matched, or it was not looked for. */
  readonly route: number;
  readonly pool: string | null;
  /** What the backend would be asked for; "" without one. */
  readonly target: string;
  /** The request's key and the server it belongs to; null where nothing is hashed. */
  readonly home: Home | null;
  /** Names of the rate limits that would have refused it. */
  readonly refusedBy: readonly string[];
}

export interface Home {
  /** null: the log does not have it. */
  readonly key: string | null;
  /** Its URL; "" without a key. */
  readonly server: string;
}

const nowhere = {
  missing: null,
  route: 0,
  pool: null,
  target: "",
  home: null,
  refusedBy: [],
} as const;

/** One configuration through which a log is sent, by the code that the data path runs. */
export class ReplayedConfig {
  readonly config: ResolvedConfig;
  /** By route: requests that it decided about, and those that it may have. */
  readonly hits: Float64Array;
  readonly maybeHits: Float64Array;
  /** Requests whose client stands in a field that the log has not. */
  throughProxies = 0;
  readonly #routes: UnknownRoutes;
  readonly #gates: readonly (RouteGate | null)[];
  readonly #pools: ReadonlyMap<string, ReplayedPool>;
  readonly #listener: ResolvedConfig["listeners"][number];
  readonly #isTrusted: (address: string) => boolean;
  readonly #isAllowed: ((address: string) => boolean) | null;
  readonly #statusPage: StatusPage | null;
  readonly #parser: RequestParser;

  constructor(config: ResolvedConfig) {
    const [listener] = config.listeners;
    if (listener === undefined) throw new Error("a configuration has a listener");
    this.config = config;
    this.hits = new Float64Array(config.routes.length);
    this.maybeHits = new Float64Array(config.routes.length);
    this.#routes = new UnknownRoutes(config.routes, listener.name);
    this.#gates = gatesOf(config);
    const scoreboard = Scoreboard.allocate(roomFor(config, 1));
    this.#pools = poolsOf(config, scoreboard);
    const { statusPath } = listener;
    this.#statusPage =
      statusPath === null ? null : new StatusPage(statusPath, () => null, scoreboard);
    this.#listener = listener;
    this.#isTrusted = addressSet(listener.trustedProxies);
    this.#isAllowed = clientAccess(listener.access);
    this.#parser = new RequestParser(listener.limits, decodeLatin1);
  }

  /** `now` is the record's time in milliseconds on a clock that begins with the log. */
  place(record: LogRecord, now: number): Placement {
    const { method, target, clientIp } = record;
    const host = record.host ?? null;
    const request = parseAsked(
      { method, target, host, fields: [] },
      this.#listener.limits,
      this.#parser,
    );
    if (request.violation !== null) {
      return { ...nowhere, outcome: String(violationStatus(request.violation)) };
    }
    // Earlier versions logged the proxy for the client that it named in a field.
    const isClientKnown = !this.#isTrusted(clientIp);
    if (!isClientKnown) this.throughProxies++;
    if (this.#isAllowed !== null) {
      if (!isClientKnown) return this.#unknown("the client behind a trusted proxy", -1);
      if (!this.#isAllowed(clientIp)) return { ...nowhere, outcome: "403" };
    }
    const refused = admit(request, this.#listener.limits);
    if (refused !== null) return { ...nowhere, outcome: String(refused.status) };
    if (this.#statusPage?.isAskedBy(request.target) === true) {
      return { ...nowhere, outcome: "the status page" };
    }
    const found = this.#routes.find(request, record.host !== undefined);
    if (!found.isKnown) return this.#unknown(found.missing, found.order);
    const route = this.config.routes[found.order];
    if (route === undefined) return { ...nowhere, outcome: "404" };
    this.hits[found.order] = (this.hits[found.order] ?? 0) + 1;
    return this.#placeRouted(request, route, found.order, { clientIp, isClientKnown, now });
  }

  #unknown(missing: string, order: number): Placement {
    if (order >= 0) this.maybeHits[order] = (this.maybeHits[order] ?? 0) + 1;
    return { ...nowhere, missing, outcome: "" };
  }

  #placeRouted(
    request: RequestParser,
    route: RouteConfig,
    order: number,
    { clientIp, isClientKnown, now }: ClientFacts,
  ): Placement {
    const forwarding = forwardingOf(clientIp);
    const gate = this.#gates[order] ?? null;
    const asksForClient =
      gate !== null && (route.access.allow !== null || route.access.deny.length > 0);
    if (asksForClient && !isClientKnown) {
      return this.#unknown("the client behind a trusted proxy", -1);
    }
    const isTrusted = this.#isTrusted;
    const exchange = {
      startedAt: now,
      clientAddress: clientIp,
      requestId: "",
      ownFields: "",
      room: null,
      client: { forwardingFor: () => forwarding, listener: { isTrusted } },
    };
    const refusal = gate === null || !isClientKnown ? null : gate(exchange, request);
    const known = { ...nowhere, route: order + 1, target: targetFor(route, request.target) };
    if (refusal?.status === 403) return { ...known, outcome: "403" };
    const violated = refusal?.problem?.["violated-policies"];
    const refusedBy = Array.isArray(violated) ? (violated as readonly string[]) : [];
    const { action } = route;
    if (action.kind === "redirect") {
      return { ...known, refusedBy, outcome: `redirect ${action.status} to ${action.to}` };
    }
    const pool =
      action.kind === "pool" ? action.pool : armOf(action, request, forwarding, isClientKnown);
    if (pool === null) return { ...known, refusedBy, outcome: splitText(action) };
    const home = this.#pools.get(pool)?.homeOf(request, forwarding, isClientKnown) ?? null;
    return { ...known, refusedBy, outcome: `pool ${pool}`, pool, home };
  }
}

interface ClientFacts {
  readonly clientIp: string;
  readonly isClientKnown: boolean;
  readonly now: number;
}

function forwardingOf(clientAddress: string): RequestForwarding {
  const own = { proto: "http", via: "1.1 evenkeel", localAuthority: "localhost" } as const;
  return { ...own, clientAddress, isPeerTrusted: false, requestId: "", ownLines: null };
}

function targetFor(route: RouteConfig, target: string): string {
  const [prefix, replacement] = [prefixOf(route), route.rewrite?.prefix ?? null];
  const isRewritten = prefix !== null && replacement !== null;
  return isRewritten ? replacePrefix(target, prefix, replacement) : target;
}

type Split = Extract<RouteConfig["action"], { kind: "split" }>;

/** null when every request draws, or the log does not have what is hashed. */
function armOf(
  { arms, by }: Split,
  request: RequestParser,
  forwarding: RequestForwarding,
  isClientKnown: boolean,
): string | null {
  if (by === "random" || !answerableKey(by, isClientKnown)) return null;
  const key = splitKeyOf(by, request, forwarding, () => false);
  const split = new WeightedSplit(arms.map(({ weight }) => weight));
  return arms[split.armAt(splitPoint(key))]?.pool ?? null;
}

function splitText(action: RouteConfig["action"]): string {
  if (action.kind !== "split") return "";
  const total = action.arms.reduce((sum, { weight }) => sum + weight, 0);
  const shares = action.arms.map(
    ({ pool, weight }) => `${pool} ${Math.round((100 * weight) / total)}%`,
  );
  return `split ${shares.join(" / ")}`;
}

/** With those limits whose keys the log has, and tables of their own. */
function gatesOf(config: ResolvedConfig): readonly (RouteGate | null)[] {
  const routes = config.routes.map(withAnswerableLimits);
  const buffers = limitKeysOf({ routes }).map(({ allocate }) => allocate(1));
  const tables = attachLimitTables(routes, buffers, { worker: 0, workers: 1 });
  const none = { rates: [], concurrency: [] };
  return routes.map((route, order) => createRouteGate(route, tables[order] ?? none, () => 0));
}

/** A pool whose backends are all ready and idle. */
class ReplayedPool {
  readonly #pool: PoolConfig;
  readonly #balancer: Balancer;

  constructor(pool: PoolConfig, balancer: Balancer) {
    this.#pool = pool;
    this.#balancer = balancer;
  }

  homeOf(
    request: RequestParser,
    forwarding: RequestForwarding,
    isClientKnown: boolean,
  ): Home | null {
    const from = hashKeyOf(this.#pool.strategy);
    if (from === undefined) return null;
    if (!answerableKey(from, isClientKnown)) return { key: null, server: "" };
    const key = readHashKey(from, request, forwarding, () => false);
    if (key === "") return { key, server: "" };
    const lease = this.#balancer.acquire({ hashKey: key, tried: [] });
    if (typeof lease === "string") return { key, server: "" };
    lease.release({ kind: "canceled" });
    return { key, server: formatBackendUrl(lease.backend) };
  }
}

function poolsOf(
  config: ResolvedConfig,
  scoreboard: Scoreboard,
): ReadonlyMap<string, ReplayedPool> {
  const { pools } = new Places(scoreboard, [], () => 0).place(config).config;
  return new Map(
    pools.map((pool) => {
      for (const { slot } of pool.backends) scoreboard.setReady(slot, true);
      const balancer = new Balancer({
        pool: new Pool(pool.name, pool.row, membersOf(pool)),
        strategy: pool.strategy,
        scoreboard,
        worker: 0,
        clock: () => 0,
        random: () => 0,
      });
      return [pool.name, new ReplayedPool(pool, balancer)];
    }),
  );
}

/** `2  api.example.com /v1[/*]`; 0 = none matched. */
export function routeLabel({ routes }: ResolvedConfig, number: number): string {
  const route = routes[number - 1];
  return route === undefined ? "none" : `${number}  ${routeText(route)}`;
}

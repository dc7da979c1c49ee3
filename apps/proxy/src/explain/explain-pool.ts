import type { PoolConfig } from "@evenkeel/config";
import {
  Affinity,
  type Backend,
  type Forecast,
  type HashKey,
  Pool,
  forecast,
  hashKeyOf,
  isIdempotent,
} from "@evenkeel/core";
import { FieldId } from "@evenkeel/http1";
import { membersOf } from "../generation/placed-config.ts";
import type { PoolHealthStatus } from "../health/health-control.ts";
import { readHashKey } from "../routing/hash-key.ts";
import { createCookieSigner } from "../sticky/cookie-signer.ts";
import { findCookie } from "../sticky/take-cookie.ts";
import type { AskedExchange } from "./asked-request.ts";
import { explainBackend } from "./explain-backend.ts";
import { explainRetry } from "./explain-retry.ts";
import type { ExplainSources } from "./explain-sources.ts";
import type { ExplainedCookie, ExplainedPool } from "./explanation.ts";

/** Which backends of a pool the request may go to, and why not to the others. */
export function explainPool(
  name: string,
  chance: number,
  exchange: AskedExchange,
  sources: ExplainSources,
): ExplainedPool {
  const { config, scoreboard, health, now } = sources;
  const pool = config.pools.find((one) => one.name === name);
  const status = health.status().find((one) => one.pool === name);
  if (pool === undefined || status === undefined) {
    throw new Error(`a route names the unknown pool ${name}`);
  }
  const { strategy, row } = pool;
  const members = new Pool(name, row, membersOf(pool));
  const key = hashKeyOf(strategy);
  const hashKey = key === undefined ? null : valueOf(key, exchange);
  const sticky = explainCookie(pool, members, exchange, sources.wallNow);
  const isRepeatable = isBodyless(exchange) && isSafeTwice(exchange);
  const { inFlight, inFlightPerBackend } = pool.limits;
  const expected = forecast(
    { hashKey: hashKey?.value ?? "", tried: [], isTrialAllowed: isRepeatable, bound: sticky.bound },
    {
      pool: members,
      strategy,
      scoreboard,
      random: Math.random,
      now,
      limits: { inFlight, inFlightPerBackend, adaptive: false },
    },
  );
  const isAlone = pool.backends.length === 1;
  const workers = Array.from({ length: scoreboard.shape.workers }, (_, worker) => worker);
  return {
    pool: name,
    chance,
    strategy: strategy.type,
    isPanicking: status.isPanicking,
    inFlight: expected.standings.reduce((sum, standing) => sum + standing.inFlight, 0),
    waiting: workers.reduce((sum, worker) => sum + scoreboard.waitingIn(worker, row), 0),
    hashKey,
    sticky: sticky.shown,
    refusal: expected.refusal,
    backends: backendsOf(pool, status.backends, expected),
    nextTurns: isAlone ? [] : expected.nextTurns.map(({ id }) => id),
    keyOrder: isAlone ? [] : expected.keyOrder.map(({ id }) => id),
    retry: explainRetry(pool, sources, {
      isIdempotent: isSafeTwice(exchange),
      isReplayable: isKept(exchange, pool),
      hasUntried: members.readyTiers(scoreboard).flat().length > 1,
    }),
  };
}

function backendsOf(
  pool: PoolConfig,
  views: PoolHealthStatus["backends"],
  expected: Forecast,
): ExplainedPool["backends"] {
  const bound = expected.standings.find(({ standing }) => standing === "bound")?.backend ?? null;
  const bySlot = new Map(views.map((view) => [view.backend.slot, view]));
  return expected.standings.flatMap((standing, place) => {
    const view = bySlot.get(standing.backend.slot);
    const chance = expected.chances[place] ?? 0;
    if (view === undefined) return [];
    return [explainBackend({ pool, view, standing, chance, bound, expected })];
  });
}

function valueOf(
  key: HashKey,
  { request, forwarding, isTrusted }: AskedExchange,
): NonNullable<ExplainedPool["hashKey"]> {
  const from = "name" in key ? `${key.from}:${key.name}` : key.from;
  return { from, value: readHashKey(key, request, forwarding, isTrusted) };
}

/** As the exchange says of itself. */
function isSafeTwice({ request }: AskedExchange): boolean {
  return (request.value(FieldId.idempotencyKey) ?? "") !== "" || isIdempotent(request.method);
}

function isBodyless({ request }: AskedExchange): boolean {
  return request.framing.kind === "none" && request.upgrade === "";
}

/** A body of unknown length is taken for a short one. */
function isKept({ request }: AskedExchange, { retry }: PoolConfig): boolean {
  return request.framing.length <= retry.bufferBodyBytes;
}

const verdictWords = {
  bound: "it binds the client",
  expired: "it is too old, so it binds nobody",
  malformed: "it is none of ours, so it binds nobody",
  forged: "its signature is wrong, so it binds nobody",
  "unknown-secret": "its secret is not listed (any more), so it binds nobody",
  "unknown-backend": "its backend is not in this pool, so it binds nobody",
} as const;

/** The first cookie that binds decides, as for a request; else the first one says what is wrong. */
function explainCookie(
  { sticky }: PoolConfig,
  pool: Pool,
  { request }: AskedExchange,
  wallNow: number,
): { readonly bound: Backend | null; readonly shown: ExplainedCookie | null } {
  if (sticky === null) return { bound: null, shown: null };
  const { cookie, ttlMs, idleMs, secrets } = sticky;
  const found = findCookie(request, cookie);
  if (found === null) {
    const detail = "no such cookie: the response will bring one";
    return { bound: null, shown: { cookie, verdict: "absent", backend: null, detail } };
  }
  const seconds = { ttlSeconds: ttlMs / 1000, idleSeconds: idleMs / 1000 };
  const affinity = new Affinity(seconds, secrets.map(createCookieSigner), pool);
  const now = Math.floor(wallNow / 1000);
  const verdicts = found.values.map((value) => affinity.verdictOf(value, now));
  const verdict = verdicts.find(({ kind }) => kind === "bound") ?? verdicts[0];
  if (verdict === undefined) return { bound: null, shown: null };
  const named = "binding" in verdict ? verdict.binding.backend : null;
  const detail = verdictWords[verdict.kind];
  const shown = { cookie, verdict: verdict.kind, backend: named?.id ?? null, detail };
  return { bound: verdict.kind === "bound" ? named : null, shown };
}

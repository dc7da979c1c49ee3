import type { RateLimitConfig, RateLimitKey } from "@evenkeel/config";
import type { RateLimitTable } from "@evenkeel/core";
import type { RequestForwarding, RequestParser } from "@evenkeel/http1";
import type { Refusal } from "../refusal.ts";
import { readHashKey } from "../routing/hash-key.ts";
import { clientNetwork } from "./client-network.ts";
import type { GatedExchange } from "./route-gate.ts";

const detail = "more requests than the rate limit allows";
/** draft-ietf-httpapi-ratelimit-headers-10. */
const quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/** One limit, with what the last request found. */
interface Limit {
  readonly config: RateLimitConfig;
  readonly table: RateLimitTable;
  key: string;
  isAllowed: boolean;
  remaining: number;
  /** Until one more is there. */
  waitMs: number;
}

/** The rate limits of one route, all of which have to allow a request. */
export class RateLimits {
  readonly #limits: readonly Limit[];
  readonly #shown: readonly Limit[];
  readonly #random: () => number;

  /** `tables` in the order of `configs`. */
  constructor(
    configs: readonly RateLimitConfig[],
    tables: readonly RateLimitTable[],
    random: () => number,
  ) {
    this.#limits = configs.map((config, index) => {
      const table = tables[index];
      if (table === undefined) throw new Error(`no table for the rate limit ${config.name}`);
      return { config, table, key: "", isAllowed: true, remaining: 0, waitMs: 0 };
    });
    this.#shown = this.#limits.filter(({ config }) => config.headers);
    this.#random = random;
  }

  /** Charges the request to every limit or, when one of them refuses it, to none. */
  charge(exchange: GatedExchange, request: RequestParser): Refusal | null {
    const limits = this.#limits;
    const now = exchange.startedAt;
    let longestMs = 0;
    for (const limit of limits) {
      limit.key = keyOf(limit.config.key, exchange, request);
      limit.isAllowed = limit.table.take(limit.key, now);
      limit.remaining = limit.table.remaining;
      limit.waitMs = limit.table.waitMs;
      if (!limit.isAllowed) longestMs = Math.max(longestMs, limit.waitMs);
    }
    const refusing = limits.filter(({ isAllowed }) => !isAllowed);
    exchange.ownFields = fieldsOf(refusing.length === 0 ? this.#shown : limits);
    if (refusing.length === 0) return null;
    for (const limit of limits) if (limit.isAllowed) limit.table.giveBack(limit.key, now);
    const violated = refusing.map(({ config }) => config.name);
    return {
      status: 429,
      error: "rate_limited",
      detail,
      retryAfterSeconds: retryAfterSeconds(longestMs, this.#random),
      problem: { type: quotaExceeded, "violated-policies": violated },
    };
  }
}

/** Not earlier than allowed, and not all at the same moment: up to a tenth later, or a second. */
export function retryAfterSeconds(waitMs: number, random: () => number): number {
  const earliest = wholeSeconds(waitMs);
  const latest = earliest + Math.max(1, Math.floor(earliest / 10));
  return earliest + Math.floor(random() * (latest - earliest + 1));
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}

export function keyOf(
  key: RateLimitKey,
  { client, requestId }: GatedExchange,
  request: RequestParser,
): string {
  return limitKeyOf(key, request, client.forwardingFor(requestId), client.listener.isTrusted);
}

/** Who is charged. Requests that have no such field, cookie or parameter are one client. */
export function limitKeyOf(
  key: RateLimitKey,
  request: RequestParser,
  forwarding: RequestForwarding,
  isTrusted: (address: string) => boolean,
): string {
  if (key.from === "global") return "";
  const value = readHashKey(key, request, forwarding, isTrusted);
  return key.from === "client-ip" ? clientNetwork(value) : value;
}

/**
 * Of a bucket, the quota `q` is what it holds and the window `w` how long an empty one takes to fill;
 * `r` is what is left and `t` when there is more.
 */
function fieldsOf(limits: readonly Limit[]): string {
  if (limits.length === 0) return "";
  const policies = limits.map(({ config: { name, burst, count, perMs } }) => {
    return `"${name}";q=${burst};w=${wholeSeconds((burst * perMs) / count)}`;
  });
  const states = limits.map(({ config, remaining, waitMs }) => {
    return `"${config.name}";r=${remaining};t=${wholeSeconds(waitMs)}`;
  });
  return `RateLimit-Policy: ${policies.join(", ")}\r\nRateLimit: ${states.join(", ")}\r\n`;
}

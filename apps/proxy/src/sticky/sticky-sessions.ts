import type { StickyConfig } from "@evenkeel/config";
import { Affinity, type Backend, type Pool } from "@evenkeel/core";
import { FieldId, type RequestForwarding, type RequestParser } from "@evenkeel/http1";
import type { Exchange } from "../exchange.ts";
import type { BindingName } from "../observe/traffic-counters.ts";
import { createCookieSigner } from "./cookie-signer.ts";
import { dropCookies, findCookie } from "./take-cookie.ts";

/** Names that browsers take only with Secure. */
const securePrefix = /^__(?:host|secure)-/i;

/** The clients of one pool that return to the backend that served them first, for one thread. */
export class StickySessions {
  readonly #config: StickyConfig;
  readonly #affinity: Affinity;
  readonly #wallClock: () => number;
  readonly #count: (binding: BindingName) => void;
  /** What follows the value and its age. */
  readonly #attributes: string;
  readonly #isAlwaysSecure: boolean;

  /** `wallClock` is milliseconds since 1970; `count` is told of every answer. */
  constructor(
    config: StickyConfig,
    pool: Pool,
    wallClock: () => number,
    count: (binding: BindingName) => void,
  ) {
    const { ttlMs, idleMs, secrets, cookie, sameSite, secure } = config;
    const seconds = { ttlSeconds: ttlMs / 1000, idleSeconds: idleMs / 1000 };
    this.#config = config;
    this.#affinity = new Affinity(seconds, secrets.map(createCookieSigner), pool);
    this.#wallClock = wallClock;
    this.#count = count;
    this.#attributes = attributesOf(config);
    this.#isAlwaysSecure = secure === true || sameSite === "none" || securePrefix.test(cookie);
  }

  /**
   * Finds out where the client belongs. The answer is a line for the backend instead of the request's own
   * Cookie lines, which have been dropped; "" where nothing was.
   */
  begin(exchange: Exchange, request: RequestParser, forwarding: RequestForwarding): string {
    const { cookie, secure, forward } = this.#config;
    exchange.isSecure = this.#isAlwaysSecure || (secure === "auto" && isTls(request, forwarding));
    const found = findCookie(request, cookie);
    if (found === null) return "";
    const now = this.#now();
    for (const value of found.values) {
      exchange.binding ??= this.#affinity.bindingOf(value, now);
    }
    if (forward) return "";
    dropCookies(request);
    return found.rest;
  }

  /**
   * The line of the response that binds the client, or "" when it has the right cookie. A second copy
   * that was faster moves nobody: the backend that the client belongs to has not failed.
   */
  setCookieLine(exchange: Exchange): string {
    const { binding, lease, isSecure } = exchange;
    if (lease === null) return "";
    const now = this.#now();
    const home = homeOf(exchange, lease.backend);
    const isKept = binding !== null && isSame(home, binding.backend);
    this.#count(isKept ? "kept" : binding === null ? "new" : "moved");
    if (isKept && !this.#affinity.isRenewalDue(binding, now)) return "";
    const { value, maxAge } = this.#affinity.bind(home, binding, now);
    const security = isSecure ? "; Secure" : "";
    return `Set-Cookie: ${this.#config.cookie}=${value}; Max-Age=${maxAge}${this.#attributes}${security}\r\n`;
  }

  #now(): number {
    return Math.floor(this.#wallClock() / 1000);
  }
}

/** Where a client belongs that `answering` answered. */
function homeOf({ binding, hasLostBackend, tried }: Exchange, answering: Backend): Backend {
  if (binding === null || hasLostBackend) return answering;
  const hasFailed = tried.some((backend) => isSame(backend, binding.backend));
  return hasFailed ? answering : binding.backend;
}

function isSame(one: Backend, other: Backend): boolean {
  return one.id === other.id;
}

function attributesOf({ path, domain, sameSite }: StickyConfig): string {
  const site = { lax: "Lax", strict: "Strict", none: "None" }[sameSite];
  const where = domain === null ? "" : `; Domain=${domain}`;
  return `; Path=${path}${where}; HttpOnly; SameSite=${site}`;
}

/** Also when a proxy that we trust says that its client used it. */
function isTls(request: RequestParser, { proto, isPeerTrusted }: RequestForwarding): boolean {
  if (proto === "https") return true;
  if (!isPeerTrusted || !request.fields.has(FieldId.forwardedProto)) return false;
  return /^https\b/i.test(request.value(FieldId.forwardedProto) ?? "");
}

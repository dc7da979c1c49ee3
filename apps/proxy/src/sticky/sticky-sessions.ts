import type { StickyConfig } from "@evenkeel/config";
import { Affinity, type Backend, type Pool } from "@evenkeel/core";
import { FieldId, type RequestForwarding, type RequestParser } from "@evenkeel/http1";
import type { Exchange } from "../exchange.ts";
import { createCookieSigner } from "./cookie-signer.ts";
import { dropCookies, findCookie } from "./take-cookie.ts";

/** Names that browsers take only with Secure. */
const securePrefix = /^__(?:host|secure)-/i;

/** The clients of one pool that return to the backend that served them first, for one thread. */
export class StickySessions {
  readonly #config: StickyConfig;
  readonly #affinity: Affinity;
  readonly #wallClock: () => number;
  /** What follows the value and its age. */
  readonly #attributes: string;
  readonly #isAlwaysSecure: boolean;

  /** `wallClock` is milliseconds since 1970. */
  constructor(config: StickyConfig, pool: Pool, wallClock: () => number) {
    const { ttlMs, idleMs, secrets, cookie, sameSite, secure } = config;
    const seconds = { ttlSeconds: ttlMs / 1000, idleSeconds: idleMs / 1000 };
    this.#config = config;
    this.#affinity = new Affinity(seconds, secrets.map(createCookieSigner), pool);
    this.#wallClock = wallClock;
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
  setCookieLine({ binding, lease, tried, isSecure }: Exchange): string {
    if (lease === null) return "";
    const now = this.#now();
    const isKept =
      binding !== null &&
      (isSame(lease.backend, binding.backend) ||
        !tried.some((one) => isSame(one, binding.backend)));
    if (isKept && !this.#affinity.isRenewalDue(binding, now)) return "";
    const home = isKept ? binding.backend : lease.backend;
    const { value, maxAge } = this.#affinity.bind(home, binding, now);
    const security = isSecure ? "; Secure" : "";
    return `Set-Cookie: ${this.#config.cookie}=${value}; Max-Age=${maxAge}${this.#attributes}${security}\r\n`;
  }

  #now(): number {
    return Math.floor(this.#wallClock() / 1000);
  }
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

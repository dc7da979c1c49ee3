import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { AdminConfig } from "@evenkeel/config";
import { type AdminAnswer, problemAnswer } from "./admin-answer.ts";

const badHost = "exactly one valid Host field is needed";
const foreignHost = "this host name is not one of admin.allowedHosts";
const foreignPage = "requests of other origins are refused";
const noToken = "a valid token is needed: Authorization: Bearer TOKEN";

/**
 * Who may ask. A web page can make its visitor's browser send requests here: by a name that it had
 * resolved to our address (DNS rebinding, which the Host gives away), or plainly across origins.
 */
export class AccessRules {
  readonly #hosts: ReadonlySet<string>;
  readonly #tokenHash: Buffer | null;

  constructor({ address, token, allowedHosts }: AdminConfig) {
    const own = address.kind === "tcp" ? [address.host] : [];
    this.#hosts = new Set(["localhost", ...own, ...allowedHosts]);
    this.#tokenHash = token === null ? null : hash(token);
  }

  /** Why this request is answered to nobody, or null. */
  refuseOrigin(request: IncomingMessage): AdminAnswer | null {
    const authority = onlyHost(request);
    const host = authority === null ? null : hostOf(authority);
    if (authority === null || host === null) return problemAnswer(400, badHost);
    // No page has an IP address of ours as its own name unless we served it.
    if (isIP(host) === 0 && !this.#hosts.has(host)) return problemAnswer(421, foreignHost);
    return isForeign(request, authority) ? problemAnswer(403, foreignPage) : null;
  }

  /** Why a call is refused to which another site has led a browser, or null. */
  refuseNavigation({ headers }: IncomingMessage): AdminAnswer | null {
    const site = headers["sec-fetch-site"] ?? "none";
    return site === "none" || site === "same-origin" ? null : problemAnswer(403, foreignPage);
  }

  /** Why this caller has to say who it is, or null. */
  refuseToken(request: IncomingMessage): AdminAnswer | null {
    if (this.#tokenHash === null) return null;
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    // Hashes have one length, so the time it takes says nothing about the token.
    if (token !== undefined && timingSafeEqual(hash(token), this.#tokenHash)) return null;
    return problemAnswer(401, noToken, { "WWW-Authenticate": 'Bearer realm="evenkeel admin"' });
  }
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** node:http takes the first of several. */
function onlyHost({ rawHeaders, headers }: IncomingMessage): string | null {
  const count = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
  return count.length === 1 ? (headers.host ?? null) : null;
}

/** The name in `name:port` or `[v6]:port`, in lower case, or null. */
function hostOf(authority: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(authority);
  const [, bracketed, name] = match ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : null;
  return name?.toLowerCase().replace(/\.$/, "") ?? null;
}

function isForeign({ headers, method }: IncomingMessage, authority: string): boolean {
  const { origin } = headers;
  if (origin !== undefined && !isOwnOrigin(origin, authority)) return true;
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  // A link that a person follows, and which the page that has it cannot read.
  return method !== "GET" || headers["sec-fetch-mode"] !== "navigate";
}

function isOwnOrigin(origin: string, authority: string): boolean {
  const own = authority.toLowerCase();
  return [`http://${own}`, `https://${own}`].includes(origin.toLowerCase());
}

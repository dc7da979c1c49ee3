import { isSameAuthority, isValidHost } from "./host.ts";
import type { Violation } from "./violation.ts";

/** What the first line's target turned into: the bytes to route by, log and forward, or why not. */
export type TargetResult =
  | { readonly target: string; readonly authority: string | null }
  | Violation;

/**
 * Judges a request target that is not plain origin-form (RFC 9112 3.2). Absolute-form is turned into
 * origin-form, because a gateway routes by what it forwards; its authority must agree with Host.
 */
export function resolveTarget(method: string, target: string, host: string | null): TargetResult {
  if (method === "CONNECT" || method === "TRACE") return "method-not-supported";
  if (target === "*") return method === "OPTIONS" ? { target, authority: null } : "bad-target";
  if (target.charCodeAt(0) === 0x2f) return { target, authority: null };
  return resolveAbsolute(method, target, host);
}

const absolutePattern = /^(https?):\/\/([^/?#]*)(.*)$/i;

function resolveAbsolute(method: string, target: string, host: string | null): TargetResult {
  const match = absolutePattern.exec(target);
  if (match === null) return "bad-target";
  const [, scheme, authority, rest] = match as unknown as [string, string, string, string];
  if (authority.includes("@")) return "target-userinfo";
  if (!isValidHost(authority)) return "bad-target";
  const defaultPort = scheme.length === 5 ? "443" : "80";
  if (host !== null && !isSameAuthority(authority, host, defaultPort))
    return "target-host-mismatch";
  return { target: originForm(method, rest), authority };
}

function originForm(method: string, rest: string): string {
  // RFC 9112 3.2.4: an absolute OPTIONS without path and query asks about the server itself.
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  return rest.charCodeAt(0) === 0x2f ? rest : `/${rest}`;
}

/**
 * Refuses what no two servers read alike: a fragment, a backslash, an encoded NUL in the path, and
 * a `..` segment however it is spelled (`%2e`, `..;x`, between `%2f` or `%5c`).
 * security.md rows 45 and 46, section 3.4.
 */
export function checkTarget(target: string): Violation | null {
  if (target.includes("#")) return "target-fragment";
  if (target.includes("\\")) return "target-backslash";
  const queryAt = target.indexOf("?");
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  if (path.includes("%00")) return "target-nul";
  return hasClimbingSegment(path) ? "target-dot-segment" : null;
}

const separator = /\/|%2f|%5c/i;
const climbing = /^(?:\.|%2e){2}(?:$|;|%3b)/i;

function hasClimbingSegment(path: string): boolean {
  if (!path.includes("..") && !/%2e/i.test(path)) return false;
  return path.split(separator).some((segment) => climbing.test(segment));
}

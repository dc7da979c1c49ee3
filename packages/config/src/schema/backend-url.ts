import { accepted, type Parsed, refused } from "../parsed.ts";
import { parseAuthority } from "./authority.ts";

export interface BackendAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `http://host[:port]` (port 80 unless given). Not the WHATWG parser: that one repairs what a
 * person mistyped, and turns `http://127.1` into an address that nobody wrote.
 */
export function parseBackendUrl(text: string): Parsed<BackendAddress> {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return refusedWithoutScheme(text);
  if (scheme.toLowerCase() !== "http") {
    return refused(`${JSON.stringify(text)}: only http:// backends are supported`);
  }
  // "http://host/" names the same origin as "http://host" (RFC 9110 section 4.2.3).
  const authority = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (authority.includes("@")) return refused("a backend's URL must not hold a user name");
  if (/[/?#]/.test(authority)) {
    return refused(`${JSON.stringify(text)}: a backend's URL must not hold a path or a query`);
  }
  return parseOrigin(text, authority);
}

function parseOrigin(text: string, authority: string): Parsed<BackendAddress> {
  const result = parseAuthority(authority);
  if (!result.ok) return result;
  const { host, port } = result.value;
  if (host === "") return refused(`${JSON.stringify(text)} has no host`);
  if (port === 0) return refused("0 is not a port; ports go from 1 to 65535");
  return accepted({ host, port: port ?? 80 });
}

function refusedWithoutScheme(text: string): Parsed<never> {
  const meant = `http://${text}`;
  const isMeant = !text.includes("://") && text !== "" && parseBackendUrl(meant).ok;
  const message = `${JSON.stringify(text)} is not a URL such as http://127.0.0.1:8081`;
  return refused(message, isMeant ? meant : null);
}

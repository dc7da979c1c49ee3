import { isIPv6 } from "node:net";
import { accepted, type Parsed, refused } from "../parsed.ts";
import type { RouteHost } from "../route-config.ts";
import { isHostName, parseAuthority } from "./authority.ts";

/** Reads a host as a client names it, without port: `api.example.com`, `[::1]`, `*.example.com`. */
export function parseRouteHost(text: string): Parsed<RouteHost> {
  const host = text.toLowerCase();
  if (host.includes("*")) return readWildcard(text, host);
  const isBracketed = host.startsWith("[") && host.endsWith("]") && isIPv6(host.slice(1, -1));
  if (isBracketed || isHostName(host)) return accepted({ kind: "exact", name: withoutDot(host) });
  const [, withoutPort] = /^(.+):\d+$/.exec(host) ?? [];
  if (withoutPort !== undefined) {
    return refused("a route's host is compared without its port", withoutPort);
  }
  return refused(`${JSON.stringify(text)} is not a host name`);
}

function readWildcard(text: string, host: string): Parsed<RouteHost> {
  const parent = withoutDot(host.slice(2));
  const isName = isHostName(parent) && !/^[\d.]*$/.test(parent);
  if (host.startsWith("*.") && isName) return accepted({ kind: "wildcard", parent });
  if (host === "*") return refused("leave the host out to match every one");
  return refused(`${JSON.stringify(text)}: a * stands for the first labels, as in *.example.com`);
}

function withoutDot(host: string): string {
  return host.replace(/\.$/, "");
}

/** Reads what goes into a Host line: a name or address, with or without a port. */
export function parseHostValue(text: string): Parsed<string> {
  const parsed = parseAuthority(text);
  if (!parsed.ok) return parsed;
  return parsed.value.host === "" ? refused(`${JSON.stringify(text)} has no host`) : accepted(text);
}

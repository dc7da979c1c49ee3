import { isIPv6 } from "node:net";
import { accepted, type Parsed, refused } from "../parsed.ts";
import { isHostName } from "./authority.ts";

/** Reads one exact host as a client names it, without port: `api.example.com`, `[::1]`. */
export function parseRouteHost(text: string): Parsed<string> {
  const host = text.toLowerCase();
  if (host.includes("*")) return refused(`${JSON.stringify(text)}: only exact host names match`);
  const isBracketed = host.startsWith("[") && host.endsWith("]") && isIPv6(host.slice(1, -1));
  if (isBracketed || isHostName(host)) return accepted(host);
  const [, withoutPort] = /^(.+):\d+$/.exec(host) ?? [];
  if (withoutPort !== undefined) {
    return refused("a route's host is compared without its port", withoutPort);
  }
  return refused(`${JSON.stringify(text)} is not a host name`);
}

import { isIP, isIPv4, isIPv6 } from "node:net";
import { accepted, type Parsed, refused } from "../parsed.ts";

export interface Authority {
  /** Lower case, an IPv6 address without brackets; empty when only a port was given. */
  readonly host: string;
  /** Null when none was given. */
  readonly port: number | null;
}

const shape = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/;

/** Reads `host:port`, `host`, `:port` or `[v6]:port`; the caller says which parts it needs. */
export function parseAuthority(text: string): Parsed<Authority> {
  const match = shape.exec(text);
  if (match === null) return refused(explainShape(text));
  const [, bracketed, bare = "", digits] = match;
  const host = (bracketed ?? bare).toLowerCase();
  if (bracketed !== undefined && !isIPv6(host)) {
    return refused(`${JSON.stringify(bracketed)} is not an IPv6 address`);
  }
  if (bare !== "" && !isHostName(bare)) {
    return refused(`${JSON.stringify(bare)} is neither a host name nor an IP address`);
  }
  if (digits === undefined) return accepted({ host, port: null });
  return readPort(digits, host);
}

function readPort(digits: string, host: string): Parsed<Authority> {
  const port = Number(digits);
  if (!/^\d+$/.test(digits) || port > 65_535) {
    return refused(`${JSON.stringify(digits)} is not a port; ports go from 1 to 65535`);
  }
  return accepted({ host, port });
}

function explainShape(text: string): string {
  const quoted = JSON.stringify(text);
  const looksLikeIPv6 = text.split(":").length > 2;
  return looksLikeIPv6
    ? `${quoted}: an IPv6 address needs brackets, as in [::1]:8080`
    : `${quoted} is not host:port`;
}

/**
 * True for IPv4 addresses and DNS names (with underscores, which container names have, and with a
 * final dot). `256.1.1.1` is neither: a name that ends in a number would be an address.
 */
export function isHostName(host: string): boolean {
  const labels = host.replace(/\.$/, "").split(".");
  if (/^\d+$/.test(labels.at(-1) ?? "")) return isIPv4(host);
  const isLabel = (label: string): boolean => /^\w([\w-]{0,61}\w)?$/.test(label);
  return host.length <= 253 && labels.every(isLabel);
}

/** `host:port` with the brackets that an IPv6 address needs. */
export function formatAuthority(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

import { isIPv4, isIPv6 } from "node:net";
import type { ConnectionEnds } from "../connection-ends.ts";

/** Which versions of the PROXY protocol a listener takes. */
export type ProxyProtocol = "v1" | "v2" | "any";

/** What the bytes at the beginning of a connection are. */
export type ProxyHeader =
  | { readonly kind: "incomplete" }
  | {
      readonly kind: "complete";
      /** Bytes of the header; what follows is the client's. */
      readonly size: number;
      /** Of the client's connection; null when the sender speaks for itself or does not know. */
      readonly ends: ConnectionEnds | null;
    }
  | { readonly kind: "malformed"; readonly reason: string };

/** Sections 2.1 and 2.2 of the specification: the longest line, with its CRLF. */
const longestV1 = 107;
const signature: readonly number[] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
const fixedV2 = 16;
/** Addresses and TLVs; the specification allows 65,535, but nobody sends a tenth of this. */
const longestV2Content = 4096;
/** Enough for any header that is not malformed. */
export const longestProxyHeader: number = fixedV2 + longestV2Content;

const incomplete: ProxyHeader = { kind: "incomplete" };

/**
 * Reads the header that a balancer in front sends before a connection's first byte, as HAProxy's
 * specification of the PROXY protocol has it. Strict: what is not exactly a header is malformed as
 * soon as its first wrong byte, and nothing is ever skipped.
 */
export function readProxyHeader(
  bytes: Uint8Array,
  end: number,
  protocol: ProxyProtocol,
): ProxyHeader {
  if (end === 0) return incomplete;
  const isV2 = bytes[0] === signature[0];
  if (isV2 && protocol === "v1") return malformed("a header of version 2, but only v1 is taken");
  if (!isV2 && protocol === "v2") return malformed("no header of version 2");
  return isV2 ? readV2(bytes, end) : readV1(bytes, end);
}

function malformed(reason: string): ProxyHeader {
  return { kind: "malformed", reason };
}

const v1Start = "PROXY ";

function readV1(bytes: Uint8Array, end: number): ProxyHeader {
  const seen = Math.min(end, longestV1);
  const text = String.fromCharCode(...bytes.subarray(0, seen));
  const start = v1Start.slice(0, seen);
  if (!text.startsWith(start)) return malformed("no PROXY header");
  const size = text.indexOf("\r\n") + 2;
  if (size < 2) {
    return seen === longestV1 ? malformed("a line of more than 107 bytes") : incomplete;
  }
  const line = text.slice(v1Start.length, size - 2);
  if (line === "UNKNOWN" || line.startsWith("UNKNOWN ")) {
    return { kind: "complete", size, ends: null };
  }
  const [, family, source = "", target = "", ...ports] =
    /^(TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line) ?? [];
  const isAddress = family === "TCP4" ? isIPv4 : isIPv6Address;
  const isWhole = family !== undefined && isAddress(source) && isAddress(target);
  if (!isWhole || !ports.every(isPort)) return malformed("a line that names no two addresses");
  const [sourcePort = 0, targetPort = 0] = ports.map(Number);
  const canonical = family === "TCP4" ? asItIs : canonicalIPv6;
  const ends = {
    source: { address: canonical(source), port: sourcePort },
    target: { address: canonical(target), port: targetPort },
  };
  return { kind: "complete", size, ends };
}

function asItIs(address: string): string {
  return address;
}

function isPort(text: string): boolean {
  return Number(text) <= 65_535 && (text === "0" || !text.startsWith("0"));
}

/** A zone names an interface of the sender, which means nothing here. */
function isIPv6Address(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

const commands = { local: 0x20, proxy: 0x21 };
const families = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unixStream: 0x31 };
const leastContent: Readonly<Record<number, number>> = {
  [families.unspecified]: 0,
  [families.tcp4]: 12,
  [families.tcp6]: 36,
  [families.unixStream]: 216,
};

function readV2(bytes: Uint8Array, end: number): ProxyHeader {
  const seen = Math.min(end, signature.length);
  for (let at = 0; at < seen; at++) {
    if (bytes[at] !== signature[at]) return malformed("no PROXY header");
  }
  if (end < fixedV2) return incomplete;
  const [command = 0, family = 0, high = 0, low = 0] = bytes.subarray(signature.length, fixedV2);
  const length = high * 256 + low;
  const isLocal = command === commands.local;
  if (!isLocal && command !== commands.proxy) return malformed("an unknown version or command");
  if (length > longestV2Content) return malformed(`more than ${longestV2Content} bytes`);
  // What a health check of the sender itself says of addresses has to be ignored.
  const least = isLocal ? 0 : leastContent[family];
  if (least === undefined) return malformed("a family that no TCP connection has");
  if (length < least) return malformed("too short for its addresses");
  const size = fixedV2 + length;
  if (end < size) return incomplete;
  const ends = isLocal ? null : endsOf(bytes.subarray(fixedV2, size), family);
  return { kind: "complete", size, ends };
}

function endsOf(content: Uint8Array, family: number): ConnectionEnds | null {
  if (family !== families.tcp4 && family !== families.tcp6) return null;
  const [bytes, addressAt] = family === families.tcp4 ? [4, ipv4At] : [16, ipv6At];
  const portAt = 2 * bytes;
  return {
    source: { address: addressAt(content, 0), port: uint16At(content, portAt) },
    target: { address: addressAt(content, bytes), port: uint16At(content, portAt + 2) },
  };
}

function ipv4At(content: Uint8Array, at: number): string {
  return content.subarray(at, at + 4).join(".");
}

function ipv6At(content: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, group) => uint16At(content, at + 2 * group));
  return canonicalIPv6(groups.map((group) => group.toString(16)).join(":"));
}

function uint16At(content: Uint8Array, at: number): number {
  return (content[at] ?? 0) * 256 + (content[at + 1] ?? 0);
}

/** As sockets write it (RFC 5952), because addresses are compared as text; IPv4 inside IPv6 is IPv4. */
function canonicalIPv6(address: string): string {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

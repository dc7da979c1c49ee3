import { isIPv4 } from "node:net";
import type { ConnectionEnds, Endpoint } from "../connection-ends.ts";
import { ipv6Groups } from "../ipv6-groups.ts";

export type SentProxyProtocol = "v1" | "v2";

/*
 * What we send ahead of a connection's first request, as HAProxy's specification of the PROXY protocol has
 * it; the result is text in latin1, like the heads that follow it.
 */

const signature = "\r\n\r\n\0\r\nQUIT\n";
const versions = { local: 0x20, proxy: 0x21 };
const families = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21 };

/**
 * For the requests of a client. `ends` null: it came through a unix socket, so it has no address; the
 * receiver takes what it sees for the client then, as nginx and HAProxy have it.
 */
export function proxyHeaderText(version: SentProxyProtocol, ends: ConnectionEnds | null): string {
  if (ends === null) return version === "v1" ? unknownV1 : textV2("proxy", "unspecified", "");
  const isTcp4 = isIPv4(ends.source.address) && isIPv4(ends.target.address);
  if (version === "v1") return textV1(isTcp4 ? "TCP4" : "TCP6", ends);
  const { source, target } = ends;
  const bytesOf = isTcp4 ? ipv4Bytes : ipv6Bytes;
  const ports = uint16(source.port) + uint16(target.port);
  const content = bytesOf(source.address) + bytesOf(target.address) + ports;
  return textV2("proxy", isTcp4 ? "tcp4" : "tcp6", content);
}

/** For connections that we make on our own account: LOCAL, or in v1, which has no word for it, UNKNOWN. */
export function ownProxyHeaderText(version: SentProxyProtocol): string {
  return version === "v1" ? unknownV1 : textV2("local", "unspecified", "");
}

const unknownV1 = "PROXY UNKNOWN\r\n";

function textV1(family: "TCP4" | "TCP6", { source, target }: ConnectionEnds): string {
  const write = ({ address }: Endpoint): string =>
    family === "TCP6" && isIPv4(address) ? `::ffff:${address}` : address;
  return `PROXY ${family} ${write(source)} ${write(target)} ${source.port} ${target.port}\r\n`;
}

function textV2(
  command: keyof typeof versions,
  family: keyof typeof families,
  content: string,
): string {
  const start = String.fromCharCode(versions[command], families[family]);
  return signature + start + uint16(content.length) + content;
}

function ipv4Bytes(address: string): string {
  return String.fromCharCode(...address.split(".").map(Number));
}

function ipv6Bytes(address: string): string {
  const groups = ipv6Groups(isIPv4(address) ? `::ffff:${address}` : address);
  return groups.map(uint16).join("");
}

/** Network byte order. */
function uint16(value: number): string {
  return String.fromCharCode(value >> 8, value & 0xff);
}

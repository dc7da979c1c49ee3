import type { Socket } from "node:net";
import type { RequestForwarding } from "@evenkeel/http1";
import type { ConnectionEnds } from "../connection-ends.ts";

/** IPv4 clients of an IPv6 socket are named as IPv4 everywhere (security.md row 96). */
const mappedPrefix = /^::ffff:(?=\d+\.)/;

/** The address of the peer, or `unix`. */
export function clientAddress(socket: Socket): string {
  return socket.remoteAddress?.replace(mappedPrefix, "") ?? "unix";
}

/** Both ends of a TCP connection; null for a unix socket, and once the system no longer knows them. */
export function endsOf(socket: Socket): ConnectionEnds | null {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || localAddress === undefined) return null;
  return {
    source: { address: plainAddress(remoteAddress), port: remotePort ?? 0 },
    target: { address: plainAddress(localAddress), port: localPort ?? 0 },
  };
}

function plainAddress(address: string): string {
  return address.replace(mappedPrefix, "").replace(/%.*$/, "");
}

/** What a connection tells backends about its client; the request id is set for each request. */
export function createForwarding(
  socket: Socket,
  address: string,
  isPeerTrusted: boolean,
): RequestForwarding {
  return {
    clientAddress: address,
    proto: "http",
    isPeerTrusted,
    via: "1.1 evenkeel",
    localAuthority: localAuthority(socket),
    requestId: "",
    ownLines: null,
  };
}

function localAuthority(socket: Socket): string {
  const { localAddress, localPort } = socket;
  if (localAddress === undefined) return "localhost";
  const host = localAddress.replace(mappedPrefix, "");
  return host.includes(":") ? `[${host}]:${localPort}` : `${host}:${localPort}`;
}

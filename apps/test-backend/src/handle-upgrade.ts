import { type IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { BackendState } from "./backend-state.ts";
import { handleRequest } from "./handle-request.ts";

const webSocketTarget = /^(?:[a-z]+:\/\/[^/?#]*)?\/ws(?:\?|$)/i;

/** Whether a request wants a WebSocket, where there is one; no other protocol is known here. */
export function asksForWebSocket({ method, url = "", headers }: IncomingMessage): boolean {
  const protocol = headers.upgrade?.toLowerCase();
  return method === "GET" && protocol === "websocket" && webSocketTarget.test(url);
}

/** A request that asks for a WebSocket: faults and counting are those of every other request. */
export function handleUpgrade(
  state: BackendState,
  request: IncomingMessage,
  socket: Duplex,
  upgradeHead: Buffer,
): void {
  // node:http types it as a Duplex, but without TLS nothing else ever comes.
  if (!(socket instanceof Socket)) return;
  // node:http took its own error listener off the socket; a reset now must not end the process.
  socket.on("error", () => socket.destroy());
  const response = new ServerResponse(request);
  // Nobody would read the next request of this connection.
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => socket.destroySoon());
  void handleRequest(state, { request, response, upgradeHead });
}

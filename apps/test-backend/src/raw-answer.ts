import { STATUS_CODES, type IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { BackendState } from "./backend-state.ts";

const statusByErrorCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers bytes that node:http could not parse; its own answer would not say who refused them. */
export function refuseMalformed(backend: BackendState, error: Error, socket: Duplex): void {
  // node:http types it as a Duplex, but without TLS nothing else ever comes.
  if (!(socket instanceof Socket)) return;
  const code = "code" in error ? String(error.code) : "";
  const { unfinished } = backend.connections.of(socket);
  const begun = [...unfinished.keys()].some((response) => response.headersSent);
  const isHttpError = code.startsWith("HPE_") || code in statusByErrorCode;
  if (isHttpError) backend.tally.recordMalformed();
  if (!isHttpError || begun || !socket.writable) {
    socket.destroy();
    return;
  }
  endRaw(backend, socket, statusByErrorCode[code] ?? 400);
}

/** Answers CONNECT, for which node:http makes no response object: this is no proxy. */
export function refuseConnect(
  backend: BackendState,
  request: IncomingMessage,
  socket: Duplex,
): void {
  if (!(socket instanceof Socket)) return;
  const { tally, ledger, connections } = backend;
  tally.recordRequest(request);
  tally.recordEnding("answered");
  endRaw(backend, socket, 501);
  ledger?.refused(
    { arrivedAt: Date.now(), backend, request, connection: connections.of(socket) },
    501,
  );
}

function endRaw(backend: BackendState, socket: Duplex, status: number): void {
  // node:http took its own error listener off the socket; a reset now must not end the process.
  socket.on("error", () => socket.destroy());
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    `X-Backend: ${backend.name}`,
    `X-Request-Count: ${backend.tally.requests}`,
    "Content-Length: 0",
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n`, "latin1", () => socket.destroy());
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { payload } from "./payload.ts";

/** What `/status/404` answers with; a proxy must not put a page of its own in its place. */
export const NOT_FOUND_BODY = "nothing here, says the backend";

/**
 * A plain server for the benchmark: `/bytes/N` fixed bytes, `/status/404`, `/echo` the request's
 * body with its target in `X-Target`. It stands behind nginx for `/echo` and in nginx's place
 * where nginx is missing.
 */
export function createContentServer(): Server {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path.startsWith("/echo")) echo(request, response);
    else drained(request, () => answer(path, response));
  });
  server.keepAliveTimeout = 3_600_000;
  return server;
}

function answer(path: string, response: ServerResponse): void {
  const bytes = /^\/bytes\/(\d{1,8})$/.exec(path)?.[1];
  const status = bytes === undefined ? 404 : 200;
  const body = bytes === undefined ? Buffer.from(NOT_FOUND_BODY) : payload(Number(bytes));
  response.writeHead(status, { "Content-Type": "text/plain", "Content-Length": body.length });
  response.end(body);
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.setHeader("X-Target", request.url ?? "");
    response.end(Buffer.concat(chunks));
  });
}

function drained(request: IncomingMessage, then: () => void): void {
  request.resume();
  request.on("end", then);
}

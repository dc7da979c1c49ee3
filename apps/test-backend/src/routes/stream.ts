import { answerJson } from "../answer-json.ts";
import type { Exchange } from "../exchange.ts";
import { parseInteger } from "./parse-integer.ts";
import type { Route } from "./route.ts";

const defaultPieces = 5;
// A client that does not read makes us hold them: 10 MB at most.
const maxPieces = 100_000;
const defaultIntervalMs = 100;
const maxIntervalMs = 60 * 60 * 1000;

/**
 * `/stream`: chunked, one JSON line at a time, then the trailer `X-Pieces`. `?pieces=N` (5) and
 * `?interval=MS` (100) between two pieces. The first piece is sent at once.
 */
export const stream: Route = {
  path: "/stream",
  kind: "traffic",
  async answer(exchange) {
    const query = exchange.query();
    const pieces = parseInteger(query.get("pieces") ?? String(defaultPieces), {
      min: 0,
      max: maxPieces,
    });
    const intervalMs = parseInteger(query.get("interval") ?? String(defaultIntervalMs), {
      min: 0,
      max: maxIntervalMs,
    });
    if (pieces === undefined || intervalMs === undefined) {
      const error = `/stream takes pieces up to ${maxPieces}, interval up to ${maxIntervalMs} (ms)`;
      answerJson(exchange.response, 400, { error });
      return;
    }
    await sendPieces(exchange, pieces, intervalMs);
  },
};

async function sendPieces(exchange: Exchange, pieces: number, intervalMs: number): Promise<void> {
  const { backend, request, response } = exchange;
  // Without chunks there is nowhere to put trailers, and node:http throws when they are announced.
  const chunked = request.method !== "HEAD" && request.httpVersion === "1.1";
  response.setHeader("Content-Type", "application/x-ndjson");
  if (chunked) response.setHeader("Trailer", "X-Pieces");
  for (let piece = 1; piece <= pieces && request.method !== "HEAD"; piece++) {
    if (piece > 1 && (await exchange.wait(intervalMs)) === "gone") return;
    response.write(`${JSON.stringify({ backend: backend.name, piece, of: pieces })}\n`);
  }
  if (chunked) response.addTrailers([["X-Pieces", String(pieces)]]);
  response.end();
}

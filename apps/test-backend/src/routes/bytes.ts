import type { ServerResponse } from "node:http";
import { answerJson } from "../answer-json.ts";
import { parseInteger } from "./parse-integer.ts";
import type { Route } from "./route.ts";

// Byte i of every body is i modulo 251. The period is prime, so a lost, doubled or shifted block of
// any usual buffer size shows; the block is a multiple of it, so that it can be repeated.
const period = 251;
const block: Buffer = Buffer.from(Uint8Array.from({ length: period * 261 }, (_, i) => i % period));

/** `/bytes/N`: N bytes with Content-Length; `/bytes/N?chunked` with chunks instead. */
export const bytes: Route = {
  path: "/bytes/",
  kind: "traffic",
  answer(exchange) {
    const { request, response, argument } = exchange;
    const length = parseInteger(argument, { min: 0, max: Number.MAX_SAFE_INTEGER });
    if (length === undefined) {
      answerJson(response, 400, { error: `/bytes/N needs a whole number, got "${argument}"` });
      return;
    }
    response.setHeader("Content-Type", "application/octet-stream");
    // node:http picks chunks by itself when no length is set (and close for HTTP/1.0).
    if (!exchange.query().has("chunked")) response.setHeader("Content-Length", length);
    if (request.method === "HEAD") response.end();
    else writeBytes(response, length);
  },
};

/** Writes as fast as the client reads, and holds one block at most. */
function writeBytes(response: ServerResponse, length: number): void {
  let left = length;
  const pump = (): void => {
    while (left > 0) {
      if (response.destroyed) return;
      const piece = left >= block.length ? block : block.subarray(0, left);
      left -= piece.length;
      if (!response.write(piece) && left > 0) {
        // Never fires when the client goes away; then nothing holds this closure any more.
        response.once("drain", pump);
        return;
      }
    }
    response.end();
  };
  pump();
}

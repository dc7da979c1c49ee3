import type { Socket } from "node:net";
import { hashOf } from "../bench/recorder.ts";
import { valuesOf } from "../strict/grammar.ts";
import type { StrictRequest } from "../strict/request.ts";
import { idIn, responseBodyOf } from "./oracle.ts";
import type { Random } from "./random.ts";

export interface Answer {
  readonly head: string;
  readonly body: Buffer;
}

/** What the client must find: whose request this answers, and what of it arrived. */
export function echoLines({ method, target, body, trailers }: StrictRequest): string {
  const sum = valuesOf(trailers, "x-sum").join() || "none";
  return `X-Echo: ${idIn(target)}\r\nX-Echo-Request: ${method} ${target} ${hashOf(body)} ${sum}\r\n`;
}

export function interim(request: StrictRequest): string {
  return `HTTP/1.1 103 Early Hints\r\n${echoLines(request)}\r\n`;
}

export function withLength(request: StrictRequest): Answer {
  const body = responseBodyOf(idIn(request.target) ?? "");
  const head = `HTTP/1.1 200 OK\r\n${echoLines(request)}Content-Length: ${body.length}\r\n\r\n`;
  return { head, body: request.method === "HEAD" ? Buffer.alloc(0) : body };
}

export function inChunks(request: StrictRequest, random: Random): Answer {
  const { body } = withLength(request);
  const hasTrailer = random.chance(0.5);
  const announced = hasTrailer ? "Trailer: X-Sum\r\n" : "";
  const head = `HTTP/1.1 200 OK\r\n${echoLines(request)}${announced}Transfer-Encoding: chunked\r\n\r\n`;
  if (request.method === "HEAD") return { head, body };
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const piece = body.subarray(at, at + 1 + random.below(body.length));
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
    at += piece.length;
  }
  const trailer = hasTrailer ? `X-Sum: ${idIn(request.target)}\r\n` : "";
  return { head, body: Buffer.concat([...pieces, Buffer.from(`0\r\n${trailer}\r\n`)]) };
}

export function untilClose(request: StrictRequest): Answer {
  const { body } = withLength(request);
  return { head: `HTTP/1.1 200 OK\r\n${echoLines(request)}\r\n`, body };
}

/** In one write, so that nothing can come between its bytes and what is put behind them. */
export function write(socket: Socket, { head, body }: Answer, behind = ""): void {
  socket.write(Buffer.concat([Buffer.from(head), body, Buffer.from(behind)]));
}

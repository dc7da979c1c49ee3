import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkedDecoder } from "../src/chunked-decoder.ts";
import type { Violation } from "../src/violation.ts";
import { chunkedBody, contentOf, cuts, cutsOf, runsOf, writeChunked } from "./arbitraries.ts";
import { decode, octets } from "./latin1.ts";
import { cutAt } from "./pieces.ts";
import { dechunk } from "./reference-chunked.ts";

interface Decoded {
  readonly body: string;
  readonly trailers: string;
  readonly taken: number;
  readonly isDone: boolean;
  readonly violation: Violation | null;
}

function decodePieces(pieces: readonly Uint8Array[], decoder = new ChunkedDecoder()): Decoded {
  decoder.reset();
  let body = "";
  let taken = 0;
  for (const piece of pieces) {
    let at = 0;
    while (at < piece.length && !decoder.isDone && decoder.violation === null) {
      at = decoder.advance(piece, at, piece.length);
      body += decode(piece, decoder.dataStart, decoder.dataEnd);
    }
    taken += at;
  }
  const { isDone, violation } = decoder;
  return { body, trailers: decoder.takeTrailers(), taken, isDone, violation };
}

test("any chunking, extension, trailer and cut gives the content, the trailers and their end", () => {
  const reused = new ChunkedDecoder();
  fc.assert(
    fc.property(
      chunkedBody,
      cuts,
      fc.constantFrom("", "0\r\n\r\n", "GET / HTTP/1.1\r\n"),
      (body, at, rest) => {
        const text = writeChunked(body);
        const whole = text + rest;
        const decoded = decodePieces(cutAt(octets(whole), cutsOf(whole, at)), reused);
        expect(decoded).toEqual({
          body: contentOf(body),
          trailers: body.trailers,
          taken: text.length,
          isDone: true,
          violation: null,
        });
        const { trailers } = decoded;
        expect(dechunk(whole)).toEqual({ body: decoded.body, trailers, end: text.length });
      },
    ),
    runsOf(800),
  );
});

test("a mutated body is whole exactly when the reference decoder says so", () => {
  const octet = fc.constantFrom(
    "\r",
    "\n",
    " ",
    "\t",
    ";",
    "=",
    '"',
    "\\",
    "0",
    "a",
    "G",
    ":",
    "\0",
    "\x7f",
    "\xe9",
  );
  const mutation = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(2), octet);
  const counts = { whole: 0, broken: 0 };
  fc.assert(
    fc.property(chunkedBody, fc.array(mutation, { maxLength: 2 }), cuts, (body, mutations, at) => {
      let text = writeChunked(body);
      for (const [fraction, remove, insert] of mutations) {
        const position = Math.floor(fraction * text.length);
        text = text.slice(0, position) + insert + text.slice(position + remove);
      }
      const decoded = decodePieces(cutAt(octets(text), cutsOf(text, at)));
      const reference = dechunk(text);
      expect(decoded.isDone).toBe(reference !== null);
      counts[reference === null ? "broken" : "whole"]++;
      if (reference !== null) {
        const { body: content, trailers, taken } = decoded;
        expect({ body: content, trailers, end: taken }).toEqual(reference);
      }
    }),
    runsOf(4_000),
  );
  expect(Math.min(counts.whole, counts.broken)).toBeGreaterThan(500);
});

test("content is never copied: it lies in the input that was given", () => {
  const decoder = new ChunkedDecoder();
  const input = octets("5\r\nhello\r\n3;a\r\nabc\r\n0\r\n\r\n");
  const runs: [number, number][] = [];
  for (let at = 0; !decoder.isDone;) {
    at = decoder.advance(input, at, input.length);
    if (decoder.dataEnd > decoder.dataStart) runs.push([decoder.dataStart, decoder.dataEnd]);
  }
  expect(runs).toEqual([
    [3, 8],
    [15, 18],
  ]);
});

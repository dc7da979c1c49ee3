import * as fc from "fast-check";
import { chunkSizeLine, lastChunk } from "@evenkeel/http1";
import { expect, test } from "vitest";
import { ReplayBuffer } from "./replay-buffer.ts";

const head = "PUT / HTTP/1.1\r\n\r\n";

/** What a backend makes of the chunks; throws when they are none, and `isWhole` when the last one is there. */
function dechunked(text: string): { readonly content: string; readonly isWhole: boolean } {
  let content = "";
  for (let at = 0; at < text.length;) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (text.slice(end, end + 2) !== "\r\n") throw new Error(`no chunk at ${at}`);
    if (size === 0) return { content, isWhole: end + 2 === text.length };
    content += text.slice(lineEnd + 2, end);
    at = end + 2;
  }
  return { content, isWhole: false };
}

function framed(content: string, isChunked: boolean, isLast: boolean): string {
  if (!isChunked) return content;
  const chunk = content === "" ? "" : `${chunkSizeLine(content.length)}${content}\r\n`;
  return chunk + (isLast ? lastChunk : "");
}

const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(String.fromCharCode) });
const piece = fc.record({
  content: fc.oneof(
    octets,
    fc.nat(20_000).map((length) => "x\r\n0".repeat(length).slice(0, length)),
  ),
  isBuffer: fc.boolean(),
  /** The attempt that got this piece fails. */
  isTaken: fc.boolean(),
});

test("every attempt gets the whole body so far, whatever the pieces and wherever the others failed", () => {
  const cases = [fc.array(piece, { maxLength: 12 }), fc.boolean(), fc.boolean()] as const;
  fc.assert(
    fc.property(...cases, (pieces, isChunked, isWhole) => {
      const buffer = new ReplayBuffer(isChunked);
      let prefix: string | Buffer = head;
      for (const [index, { content, isBuffer, isTaken }] of pieces.entries()) {
        const isLast = isWhole && index === pieces.length - 1;
        const text = framed(content, isChunked, isLast);
        const sent = isBuffer ? Buffer.from(text, "latin1") : text;
        buffer.add(sent, content.length, isLast);
        if (isTaken) prefix = buffer.takeAfter(prefix);
      }
      const all = Buffer.from(buffer.takeAfter(prefix)).latin1Slice();
      const content = pieces.map((one) => one.content).join("");
      expect(all.startsWith(head)).toBe(true);
      const body = all.slice(head.length);
      const isEnded = isWhole && pieces.length > 0;
      if (isChunked) expect(dechunked(body)).toEqual({ content, isWhole: isEnded });
      else expect(body).toBe(content);
    }),
  );
});

test("what was taken does not change when more is kept", () => {
  const buffer = new ReplayBuffer(false);
  buffer.add("first", 5, false);
  const taken = buffer.takeAfter("");
  buffer.add("OTHER", 5, false);
  expect(String(taken)).toBe("first");
});

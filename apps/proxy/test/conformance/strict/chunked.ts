import { type Fields, Malformed, parseFields } from "./grammar.ts";

export interface ChunkedBody {
  readonly content: Buffer;
  readonly trailers: Fields;
  readonly hasExtensions: boolean;
  readonly end: number;
}

// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
const name = String.raw`[!#$%&'*+.^_\x60|~0-9A-Za-z-]+`;
const quoted = String.raw`"(?:[\t !#-\x5b\x5d-\x7e\x80-\xff]|\\[\t -\x7e\x80-\xff])*"`;
const extension = String.raw`[ \t]*;[ \t]*${name}(?:[ \t]*=[ \t]*(?:${name}|${quoted}))?`;
const sizeLine = new RegExp(`^([0-9A-Fa-f]{1,14})((?:${extension})*)$`);

/** RFC 9112 7.1: null when more bytes are needed. */
export function parseChunked(bytes: Buffer, text: string, start: number): ChunkedBody | null {
  const pieces: Buffer[] = [];
  let hasExtensions = false;
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const match = sizeLine.exec(text.slice(at, lineEnd));
    if (match === null)
      throw new Malformed(`chunk line ${JSON.stringify(text.slice(at, lineEnd))}`);
    const size = Number.parseInt(match[1] as string, 16);
    hasExtensions ||= match[2] !== "";
    at = lineEnd + 2;
    if (size === 0) break;
    if (at + size + 2 > bytes.length) return null;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
    if (text.slice(at, at + 2) !== "\r\n") throw new Malformed("chunk data without its CRLF");
    at += 2;
  }
  const trailers = trailerSection(text, at);
  if (trailers === null) return null;
  return { content: Buffer.concat(pieces), hasExtensions, ...trailers };
}

function trailerSection(text: string, start: number): { trailers: Fields; end: number } | null {
  const lines: string[] = [];
  for (let at = start; ;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const line = text.slice(at, lineEnd);
    at = lineEnd + 2;
    if (line === "") return { trailers: parseFields(lines), end: at };
    lines.push(line);
  }
}

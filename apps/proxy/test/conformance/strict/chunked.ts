import { type Fields, Malformed, parseFields } from "./grammar.ts";

export interface ChunkedBody {
  readonly content: Buffer;
  readonly trailers: Fields;
  readonly hasExtensions: boolean;
  /** Every size is written as a sender would: lower case, no leading zeros. */
  readonly isCanonical: boolean;
  readonly end: number;
}

// chunk-ext = *( ";" BWS name [ "=" ( token / quoted-string ) ] ): of the white space that RFC 9112 7.1.1
// tolerates, the proxy takes what is in use and refuses the rest as broken framing.
const name = String.raw`[!#$%&'*+.^_\x60|~0-9A-Za-z-]+`;
const quoted = String.raw`"(?:[\t !#-\x5b\x5d-\x7e\x80-\xff]|\\[\t -\x7e\x80-\xff])*"`;
const extension = String.raw`;[ \t]*${name}(?:=(?:${name}|${quoted}))?`;
const sizeLine = new RegExp(`^([0-9A-Fa-f]{1,14})((?:${extension})*)$`);

/** What may stand beside the content of one message, as the proxy documents it. */
const limits = { extensionBytes: 8_192, trailerBytes: 8_192, trailerFields: 100 };

/** RFC 9112 7.1: null when more bytes are needed. */
export function parseChunked(bytes: Buffer, text: string, start: number): ChunkedBody | null {
  const pieces: Buffer[] = [];
  const chunks = readChunks(bytes, text, start, pieces);
  const trailers = chunks === null ? null : trailerSection(text, chunks.end);
  if (chunks === null || trailers === null) return null;
  const { hasExtensions, isCanonical } = chunks;
  return { content: Buffer.concat(pieces), hasExtensions, isCanonical, ...trailers };
}

/** What the bytes give of a body before they end, or before the first thing that breaks a rule. */
export function chunkedContentSoFar(bytes: Buffer, text: string, start: number): Buffer {
  const pieces: Buffer[] = [];
  try {
    readChunks(bytes, text, start, pieces);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return Buffer.concat(pieces);
}

type Chunks = Pick<ChunkedBody, "hasExtensions" | "isCanonical" | "end">;

/** All chunks up to the trailers; the last piece may be a part of one. */
function readChunks(bytes: Buffer, text: string, start: number, pieces: Buffer[]): Chunks | null {
  let hasExtensions = false;
  let isCanonical = true;
  let extensionBytes = 0;
  for (let at = start; ;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const { digits, size, extensions } = readSizeLine(text.slice(at, lineEnd));
    hasExtensions ||= extensions !== "";
    // With the CR behind it, which decides that it ends.
    if (extensions !== "") extensionBytes += extensions.length + 1;
    if (extensionBytes > limits.extensionBytes) throw new Malformed("too many chunk extensions");
    isCanonical &&= digits === size.toString(16);
    at = lineEnd + 2;
    if (size === 0) return { hasExtensions, isCanonical, end: at };
    pieces.push(bytes.subarray(at, at + size));
    if (at + size + 2 > bytes.length) return null;
    at += size;
    if (text.slice(at, at + 2) !== "\r\n") throw new Malformed("chunk data without its CRLF");
    at += 2;
  }
}

/**
 * More than 14 digits, which hold 2^53-1, are refused even where they are zeros (security.md row 9): to
 * a parser of 32 or 64 bits they may be any other size.
 */
function readSizeLine(line: string): { digits: string; size: number; extensions: string } {
  const match = sizeLine.exec(line);
  if (match === null) throw new Malformed(`chunk line ${JSON.stringify(line)}`);
  const [, digits, extensions] = match as unknown as [string, string, string];
  const size = Number.parseInt(digits, 16);
  if (size > Number.MAX_SAFE_INTEGER) throw new Malformed(`chunk size ${digits}`);
  return { digits, size, extensions };
}

function trailerSection(text: string, start: number): { trailers: Fields; end: number } | null {
  const lines: string[] = [];
  for (let at = start; ;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const line = text.slice(at, lineEnd);
    at = lineEnd + 2;
    if (at - start > limits.trailerBytes)
      throw new Malformed("a trailer section that is too large");
    if (line === "") return { trailers: parseFields(lines), end: at };
    lines.push(line);
    if (lines.length > limits.trailerFields) throw new Malformed("too many trailers");
  }
}

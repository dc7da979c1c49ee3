import { maxChunkExtensionBytes, maxTrailerBytes, maxTrailerFields } from "../src/limits.ts";

export interface Dechunked {
  readonly body: string;
  /** The field lines of the trailer section. */
  readonly trailers: string;
  /** Position of the first byte behind the body. */
  readonly end: number;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted =
  '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const extensions = `(?:;[ \\t]*${token}(?:=(?:${token}|${quoted}))?)*`;
const sizeLine = new RegExp(`([0-9A-Fa-f]{1,14})(${extensions})\\r\\n`, "y");
const trailers = new RegExp(`((?:${token}:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n)*)\\r\\n`, "y");

/** A whole chunked body at `start`, read in the plainest way; null when there is none. */
export function dechunk(text: string, start = 0): Dechunked | null {
  let at = start;
  let body = "";
  let extensionBytes = 0;
  for (;;) {
    const line = matchAt(sizeLine, text, at);
    if (line === null) return null;
    at += line[0].length;
    const extension = line[2] ?? "";
    // The decoder counts the CR that ends an extension, because it is the byte that ends it.
    if (extension !== "") extensionBytes += extension.length + 1;
    if (extensionBytes > maxChunkExtensionBytes) return null;
    const size = Number.parseInt(line[1] ?? "", 16);
    if (size === 0) break;
    if (text.slice(at + size, at + size + 2) !== "\r\n") return null;
    body += text.slice(at, at + size);
    at += size + 2;
  }
  const section = matchAt(trailers, text, at);
  if (section === null || section[0].length > maxTrailerBytes) return null;
  const [, lines = ""] = section;
  if (lines.split("\r\n").length - 1 > maxTrailerFields) return null;
  return { body, trailers: lines, end: at + section[0].length };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

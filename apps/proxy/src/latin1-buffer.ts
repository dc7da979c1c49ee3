import { Buffer } from "node:buffer";
import type { Latin1Decoder } from "@evenkeel/http1";

/*
 * Node's Buffer has these two methods and its types leave them out. Both are one call into C++ and
 * byte-exact: one character per byte (node-performance.md 3.4).
 */
declare global {
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number): number;
  }
}

/** The buffer itself, known to have them. */
export type Latin1Buffer = Buffer;

const { latin1Slice } = Buffer.prototype;

/** How the parsers of http1 read text here. */
export const decodeLatin1: Latin1Decoder = (bytes, start, end) =>
  latin1Slice.call(bytes, start, end);

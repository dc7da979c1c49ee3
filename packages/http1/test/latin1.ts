import type { Latin1Decoder } from "../src/octets.ts";

export const decode: Latin1Decoder = (bytes, start, end) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");

export function octets(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

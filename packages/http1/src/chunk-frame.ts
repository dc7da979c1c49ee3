/** Ends a chunked body without trailers. */
export const lastChunk = "0\r\n\r\n";

/** What stands before `length` bytes of a chunk; CRLF follows them. */
export function chunkSizeLine(length: number): string {
  return `${length.toString(16)}\r\n`;
}

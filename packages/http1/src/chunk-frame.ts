/** Ends a chunked body without trailers. */
export const lastChunk = "0\r\n\r\n";

/** Ends a chunked body; `trailers` are whole lines, or "". */
export function lastChunkWith(trailers: string): string {
  return trailers === "" ? lastChunk : `0\r\n${trailers}\r\n`;
}

/** What stands before `length` bytes of a chunk; CRLF follows them. */
export function chunkSizeLine(length: number): string {
  return `${length.toString(16)}\r\n`;
}

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

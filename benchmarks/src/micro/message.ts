/** What a parser made of a head, in one form for all parsers. */
export interface ParsedHead {
  /** Method and target, or status and reason. */
  readonly startLine: string;
  /** Names and values as written, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The bytes of a message and where they are cut. All parsers read from the same memory. */
export interface Input {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
}

/** Puts the text where a read buffer would have it: outside the heap, not in the shared pool. */
export function inputOf(text: string, ends: readonly number[]): Input {
  const bytes = Buffer.allocUnsafeSlow(text.length);
  bytes.write(text, "latin1");
  return { bytes, ends };
}

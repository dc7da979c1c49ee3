/*
 * The app reads every connection into one buffer that the next read overwrites. The drivers do the
 * same, so that a parser which keeps a view instead of a copy fails every test.
 */
const offset = 3;
const poison = 0xaa;
let shared = new Uint8Array(64 * 1024);

export interface Loan {
  readonly input: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly giveBack: () => void;
}

export function loan(piece: Uint8Array): Loan {
  const end = offset + piece.length;
  if (end > shared.length) shared = new Uint8Array(end * 2);
  const input = shared;
  input.set(piece, offset);
  return { input, start: offset, end, giveBack: () => void input.fill(poison, offset, end) };
}

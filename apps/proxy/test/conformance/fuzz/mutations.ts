import * as fc from "fast-check";
import { editChunkSize } from "./chunk-sizes.ts";

/** One edit of a list of tokens; every number is taken modulo what there is. */
export interface Mutation {
  readonly kind: number;
  readonly at: number;
  readonly other: number;
  readonly text: string;
}

/** Bytes that parsers disagree about, and whole lines that change the framing. */
const inserts = [
  ...'\r\n\0\t \x0b\x0c\x7f\x85\xa0\xff,;:="\\/#?%*@-+_0'.split(""),
  "\r\n",
  "\n\n",
  "\r\n\r\n",
  "\r\n ",
  "0\r\n\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding:\x0bchunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Transfer_Encoding: chunked\r\n",
  "Connection: Host\r\n",
  "Connection: Content-Length\r\n",
  "Connection: Transfer-Encoding\r\n",
  "Host: b.test\r\n",
  "Expect: 100-continue\r\n",
  "Max-Forwards: 0\r\n",
  "chunked, ",
  "HTTP/1.1",
  "HTTP/0.9",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "http://b.test",
  "..",
  "GET /inserted HTTP/1.1\r\nHost: inserted.test\r\n\r\n",
  "x".repeat(9_000),
];

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    kind: fc.nat(10_000),
    at: fc.nat(10_000),
    other: fc.nat(10_000),
    text: fc.constantFrom(...inserts),
  }),
  { minLength: 1, maxLength: 3 },
);

export function mutate(text: string, edits: readonly Mutation[]): string {
  const tokens = text.match(/\r\n|[ \t]+|\d+|[A-Za-z-]+|[^]/g) ?? [];
  for (const edit of edits) {
    if (tokens.length === 0) break;
    const operator = operators[edit.kind % operators.length] as Operator;
    operator(tokens, edit.at % tokens.length, edit);
  }
  return tokens.join("");
}

type Operator = (tokens: string[], at: number, edit: Mutation) => void;

const operators: readonly Operator[] = [
  (tokens, at) => tokens.splice(at, 1),
  (tokens, at) => tokens.splice(at, 0, tokens[at] as string),
  (tokens, at, { other }) => swap(tokens, at, other % tokens.length),
  (tokens, at, { text }) => tokens.splice(at, 0, text),
  (tokens, at, { text }) => tokens.splice(at, 1, text),
  (tokens, at, { other }) => editChars(tokens, at, other, (before, _, after) => before + after),
  (tokens, at, { other, text }) =>
    editChars(tokens, at, other, (before, char, after) => before + text + char + after),
  (tokens, at, { other, text }) =>
    editChars(tokens, at, other, (before, _, after) => before + text.slice(0, 1) + after),
  (tokens, at) => void (tokens[at] = flipCase(tokens[at] as string)),
  (tokens, at, { other }) => tokens.splice(at, 0, other % 2 === 0 ? " " : "\t"),
  editNumber,
  editNumber,
  (tokens, at, { other }) => editChunkSize(tokens, at, other),
  copyLine,
  copyLine,
  insertLine,
  insertLine,
  editLineEnd,
  (tokens, at, { other }) => {
    if (other % 8 === 0) tokens.length = at;
  },
];

function swap(tokens: string[], one: number, other: number): void {
  [tokens[one], tokens[other]] = [tokens[other] as string, tokens[one] as string];
}

function editChars(
  tokens: string[],
  at: number,
  other: number,
  edit: (before: string, char: string, after: string) => string,
): void {
  const token = tokens[at] as string;
  const cut = other % token.length;
  tokens[at] = edit(token.slice(0, cut), token.slice(cut, cut + 1), token.slice(cut + 1));
}

function flipCase(text: string): string {
  const lower = text.toLowerCase();
  return text === lower ? text.toUpperCase() : lower;
}

const numberEdits: readonly ((number: string) => string)[] = [
  (number) => String(Number(number) + 1),
  (number) => String(Number(number) - 1),
  (number) => `0${number}`,
  (number) => `+${number}`,
  (number) => `-${number}`,
  (number) => `${number}, ${number}`,
  (number) => `${number} `,
  (number) => `${number};x`,
  (number) => `0x${number}`,
  (number) => Number(number).toString(16),
  (number) => `${number}.0`,
  (number) => `${number}e0`,
  () => "0",
  () => "9007199254740993",
  () => "18446744073709551617",
  () => "ffffffffffffffff1",
];

function editNumber(tokens: string[], from: number, { other }: Mutation): void {
  const at = findFrom(tokens, from, (token) => /^\d+$/.test(token));
  const edit = numberEdits[other % numberEdits.length];
  if (at !== -1 && edit !== undefined) tokens[at] = edit(tokens[at] as string);
}

function copyLine(tokens: string[], from: number, { other }: Mutation): void {
  const start = lineStart(tokens, from);
  const end = tokens.indexOf("\r\n", start);
  if (end === -1) return;
  const target = lineStart(tokens, other % tokens.length);
  tokens.splice(target, 0, ...tokens.slice(start, end + 1));
}

function insertLine(tokens: string[], from: number, { text }: Mutation): void {
  const line = text.endsWith("\r\n") ? text : `X-Inserted: ${text}\r\n`;
  tokens.splice(lineStart(tokens, from), 0, line);
}

function lineStart(tokens: readonly string[], from: number): number {
  return tokens.lastIndexOf("\r\n", from) + 1;
}

const lineEnds = ["\n", "\r", "", "\r\r\n", "\n\r", " \r\n", "\r\n ", "\r\n\r\n", "\0\r\n"];

function editLineEnd(tokens: string[], from: number, { other }: Mutation): void {
  const at = findFrom(tokens, from, (token) => token === "\r\n");
  if (at !== -1) tokens[at] = lineEnds[other % lineEnds.length] as string;
}

/** Position of the next token that fits, beginning again at the front; -1 when none does. */
function findFrom(
  tokens: readonly string[],
  from: number,
  fits: (token: string) => boolean,
): number {
  for (let step = 0; step < tokens.length; step++) {
    const at = (from + step) % tokens.length;
    if (fits(tokens[at] as string)) return at;
  }
  return -1;
}

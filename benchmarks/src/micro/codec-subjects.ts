import { deepStrictEqual, equal } from "node:assert/strict";
import { payload } from "../backend/payload.ts";
import type { createDriver, Codec, EvenkeelDriver } from "./evenkeel-codec.ts";
import { requestHeads, responseHeads, splits, type Head, type Split } from "./heads.ts";
import { LlhttpChunks, LlhttpHeads, piecesOf } from "./llhttp-codec.ts";
import { inputOf, type Input } from "./message.ts";
import { LLHTTP, type Subject } from "./subject.ts";

/** A codec under its name in the tables. */
export interface NamedCodec {
  readonly name: string;
  readonly codec: Codec;
}

interface NamedDriver {
  readonly name: string;
  readonly driver: EvenkeelDriver;
}

const CONTENT_BYTES = 1_048_576;
const READ_BYTES = 65_536;
const CHUNK_SIZES = [
  { name: "chunks of 100 B", bytes: 100 },
  { name: "chunks of 4 KB", bytes: 4096 },
  { name: "chunks of 64 KB", bytes: 65_536 },
] as const;

/** Heads and chunked bodies for each codec, beside llhttp. Throws when any two do not agree. */
export async function codecSubjects(codecs: readonly NamedCodec[]): Promise<Subject[]> {
  const drivers: NamedDriver[] = [];
  for (const { name, codec } of codecs) {
    drivers.push({ name, driver: await separateDriver(name, codec) });
  }
  const heads = splits.flatMap((split) => [
    ...requestHeads.flatMap((head) => headSubjects("request", head, split, drivers)),
    ...responseHeads.flatMap((head) => headSubjects("response", head, split, drivers)),
  ]);
  return [...heads, ...CHUNK_SIZES.flatMap((size) => bodySubjects(size, drivers))];
}

/** A module of its own for each codec: functions from one module share what the compiler learned. */
async function separateDriver(name: string, codec: Codec): Promise<EvenkeelDriver> {
  const url = new URL(`evenkeel-codec.ts?for=${encodeURIComponent(name)}`, import.meta.url);
  const copy = (await import(url.href)) as { createDriver: typeof createDriver };
  return copy.createDriver(codec);
}

function headSubjects(
  kind: "request" | "response",
  head: Head,
  split: Split,
  drivers: readonly NamedDriver[],
): Subject[] {
  const input = inputOf(head.text, split.ends(head.text.length));
  const pieces = piecesOf(input);
  const llhttp = new LlhttpHeads(kind);
  for (const { driver } of drivers) checkHead(kind, input, driver);
  const common = { group: `heads, ${split.name}`, name: head.name, bytes: head.text.length };
  const own = drivers.flatMap(({ name, driver }) => {
    const isRequest = kind === "request";
    const parse = isRequest ? driver.parseRequest : driver.parseResponse;
    const forward = isRequest ? driver.forwardRequest : driver.forwardResponse;
    return [
      { ...common, contender: `${name} parse`, run: (count: number) => parse(input, count) },
      {
        ...common,
        contender: `${name} parse + forward`,
        run: (count: number) => forward(input, count),
      },
    ];
  });
  const run = (count: number): void => llhttp.run(pieces, count);
  return [...own, { ...common, contender: LLHTTP, run }];
}

/**
 * Same start line, same fields in the same order, and what is forwarded is a head that llhttp reads
 * the same start line from.
 */
function checkHead(kind: "request" | "response", input: Input, driver: EvenkeelDriver): void {
  const theirs = new LlhttpHeads(kind).read(piecesOf(input));
  const isRequest = kind === "request";
  const ours = isRequest ? driver.readRequest(input) : driver.readResponse(input);
  deepStrictEqual(ours, theirs);
  const text = isRequest ? driver.forwardedRequest(input) : driver.forwardedResponse(input);
  const forwarded = inputOf(text, [text.length]);
  equal(new LlhttpHeads(kind).read(piecesOf(forwarded)).startLine, theirs.startLine);
}

function bodySubjects(
  size: (typeof CHUNK_SIZES)[number],
  drivers: readonly NamedDriver[],
): Subject[] {
  const content = payload(CONTENT_BYTES);
  const text = chunked(content.toString("latin1"), size.bytes);
  const input = inputOf(text, readEnds(text.length));
  const pieces = piecesOf(input);
  const llhttp = new LlhttpChunks();
  deepStrictEqual(llhttp.read(pieces), content);
  for (const { driver } of drivers) deepStrictEqual(driver.decodedChunks(input), content);
  const common = { group: "chunked bodies of 1 MB", name: size.name, bytes: text.length };
  const own = drivers.map(({ name, driver }) => ({
    ...common,
    contender: `${name} decode`,
    run: (count: number) => expectContent(driver.decodeChunks(input, count), count),
  }));
  const run = (count: number): void => expectContent(llhttp.run(pieces, count), count);
  return [...own, { ...common, contender: LLHTTP, run }];
}

function expectContent(bytes: number, operations: number): void {
  equal(bytes, CONTENT_BYTES * operations);
}

/** The chunked coding of a text, with full chunks of one size and what is left. */
export function chunked(text: string, size: number): string {
  const chunks: string[] = [];
  for (let at = 0; at < text.length; at += size) {
    const data = text.slice(at, at + size);
    chunks.push(`${data.length.toString(16)}\r\n${data}\r\n`);
  }
  return `${chunks.join("")}0\r\n\r\n`;
}

function readEnds(length: number): number[] {
  const reads = Math.ceil(length / READ_BYTES);
  return Array.from({ length: reads }, (_, index) => Math.min(length, (index + 1) * READ_BYTES));
}

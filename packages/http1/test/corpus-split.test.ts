import { describe, expect, test } from "vitest";
import { type CorpusCase, bytesOf, cases, hasCorpora } from "./corpus.ts";
import { runRequests } from "./drive-requests.ts";
import { runResponse } from "./drive-responses.ts";
import { CR, LF } from "../src/octets.ts";
import { type Pieces, byteByByte, randomSplit, seededRandom, twoWaySplits } from "./pieces.ts";

const randomSplitsPerCase = 20;

/** Everything the codec says about a case, as one text that can be compared. */
function eventsOf(entry: CorpusCase, pieces: Pieces): string {
  if (entry.kind === "request") return JSON.stringify(runRequests(pieces));
  return JSON.stringify([runResponse(pieces), runResponse(pieces, { isHead: true })]);
}

function* splitsOf(bytes: Uint8Array, seed: number): Generator<Pieces> {
  yield byteByByte(bytes);
  for (const pieces of twoWaySplits(bytes)) {
    if (isWorthCutting(bytes, pieces[0]?.length ?? 0)) yield pieces;
  }
  const random = seededRandom(seed);
  for (let index = 0; index < randomSplitsPerCase; index++) yield randomSplit(bytes, random);
}

/**
 * Every position of all but the eleven longest cases. Of those, the positions near their ends and
 * line breaks and every 13th of the rest; all of them with EVENKEEL_ALL_SPLITS=1.
 */
function isWorthCutting(bytes: Uint8Array, at: number): boolean {
  if (bytes.length <= 2_000 || process.env["EVENKEEL_ALL_SPLITS"] === "1") return true;
  const isNearEnd = at < 100 || bytes.length - at < 100;
  const isNearBreak = [CR, LF].some((octet) => bytes.subarray(at - 2, at + 2).includes(octet));
  return isNearEnd || isNearBreak || at % 13 === 0;
}

/** The first split that gives other events than the whole. */
function firstDifference(entry: CorpusCase, seed: number): unknown {
  const bytes = bytesOf(entry);
  const whole = eventsOf(entry, [bytes]);
  for (const pieces of splitsOf(bytes, seed)) {
    const events = eventsOf(entry, pieces);
    if (events !== whole)
      return { id: entry.id, lengths: pieces.map((p) => p.length), whole, events };
  }
  return null;
}

describe.skipIf(!hasCorpora)("I8: the events do not depend on how the bytes are cut", () => {
  const sources = [...new Set(cases.map(({ id }) => id.slice(0, id.indexOf("/"))))];

  test.each(sources)(
    "in any case of %s",
    (source) => {
      const entries = cases.filter(({ id }) => id.startsWith(`${source}/`));
      const differences = entries.map((entry, index) => firstDifference(entry, index + 1));
      expect(differences.filter((difference) => difference !== null)).toEqual([]);
    },
    120_000,
  );
});

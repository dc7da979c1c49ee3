import * as fc from "fast-check";
import { expect, test } from "vitest";
import { linesOf } from "./lines.ts";

async function* streamOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function linesIn(chunks: readonly Buffer[]): Promise<(string | null)[]> {
  const lines: (string | null)[] = [];
  for await (const line of linesOf(streamOf(chunks))) lines.push(line);
  return lines;
}

/** In pieces that end at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (one, other) => one - other,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

test("lines are the same however the stream is cut, also within a character", async () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "é", "😀", "\r", "\n") }));
  await fc.assert(
    fc.asyncProperty(texts, fc.array(fc.nat(), { maxLength: 8 }), async (parts, places) => {
      const text = parts.join("\n");
      const expected = text.split("\n").filter((line) => line !== "");
      expect(await linesIn(cut(Buffer.from(text), places))).toEqual(expected);
    }),
  );
});

test("a line that is too long is null, takes no memory, and the next one is read", async () => {
  const piece = Buffer.from("x".repeat(100_000));
  const chunks = [...Array.from({ length: 40 }, () => piece), Buffer.from("\nshort\n"), piece];
  const lines = await linesIn(chunks);
  expect(lines.map((line) => line?.length ?? null)).toEqual([null, 5, 100_000]);
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeptBuffers } from "./kept-buffers.ts";

const body = (bytes: number, fill: string): Buffer => Buffer.alloc(bytes, fill);
const isUnchanged = (view: Buffer, fill: string): boolean =>
  view.equals(Buffer.alloc(view.length, fill));

describe("a copy", () => {
  test.each([9_000, 16_384, 16_385, 49_152, 49_153, 200_000])(
    "of %i bytes is its own, whatever becomes of the original and of other copies",
    (bytes) => {
      const kept = new KeptBuffers();
      const original = body(bytes, "a");
      const copies = ["a", "b", "c"].map((fill) => kept.keep(original.fill(fill)));
      original.fill("z");
      expect(copies.map((copy) => copy.length)).toEqual([bytes, bytes, bytes]);
      expect(["a", "b", "c"].map((fill, index) => isUnchanged(copies[index]!, fill))).toEqual([
        true,
        true,
        true,
      ]);
    },
  );

  test("shows nothing of what was in its buffer before", () => {
    const kept = new KeptBuffers();
    kept.giveBack(kept.keep(body(16_000, "s")));
    const shorter = kept.keep(body(9_000, "x"));
    expect(shorter).toHaveLength(9_000);
    expect(isUnchanged(shorter, "x")).toBe(true);
  });

  test("lies in a buffer that was given back, so that bodies one after the other need one", () => {
    const kept = new KeptBuffers();
    const memory = new Set<ArrayBufferLike>();
    for (let turn = 0; turn < 1_000; turn++) {
      const copy = kept.keep(body(10_240, "x"));
      memory.add(copy.buffer);
      kept.giveBack(copy);
    }
    expect(memory.size).toBe(1);
    expect(kept.lent).toBe(0);
  });

  test("given back twice or late does not free what somebody else has by now", () => {
    const kept = new KeptBuffers();
    const first = kept.keep(body(10_000, "1"));
    kept.giveBack(first);
    kept.giveBack(first);
    const second = kept.keep(body(10_000, "2"));
    expect(second.buffer).toBe(first.buffer);
    kept.giveBack(first);
    const third = kept.keep(body(10_000, "3"));
    expect(third.buffer).not.toBe(second.buffer);
    expect(isUnchanged(second, "2")).toBe(true);
  });

  test("that was let go is never used again", () => {
    const kept = new KeptBuffers();
    const queued = kept.keep(body(10_000, "q"));
    kept.letGo(queued);
    kept.giveBack(queued);
    for (let turn = 0; turn < 300; turn++) kept.keep(body(10_000, "x"));
    expect(isUnchanged(queued, "q")).toBe(true);
  });
});

test("what is owned is bounded, and a thread that has lent all of it goes on with buffers apart", () => {
  const kept = new KeptBuffers();
  for (const bytes of [10_000, 40_000]) {
    const copies = Array.from({ length: 500 }, () => kept.keep(body(bytes, "x")));
    for (const copy of copies) kept.giveBack(copy);
    const again = Array.from({ length: 500 }, () => kept.keep(body(bytes, "y")));
    const memory = new Set(copies.map((copy) => copy.buffer));
    const reused = again.filter(
      (copy) => memory.has(copy.buffer) && copy.buffer.byteLength >= bytes,
    );
    expect(reused.length * bytes).toBeLessThan(4.5 * 1024 * 1024);
    expect(again.every((copy) => isUnchanged(copy, "y"))).toBe(true);
    for (const copy of again) kept.giveBack(copy);
  }
  expect(kept.lent).toBe(0);
});

test("buffers that were let go make room for others", () => {
  const kept = new KeptBuffers();
  for (let turn = 0; turn < 500; turn++) kept.letGo(kept.keep(body(10_000, "x")));
  const copy = kept.keep(body(10_000, "y"));
  kept.giveBack(copy);
  expect(kept.keep(body(10_000, "z")).buffer).toBe(copy.buffer);
});

/** What is done to the copy of this number, among all that were made so far. */
interface Step {
  readonly action: "keep" | "giveBack" | "letGo";
  readonly bytes: number;
  readonly choice: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom("keep", "keep", "giveBack", "letGo"),
  bytes: fc.constantFrom(8_193, 10_240, 16_384, 30_000, 49_152, 60_000),
  choice: fc.nat(),
});

test("whatever is kept, given back and let go, in any order and more than once, nothing in use changes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const kept = new KeptBuffers();
      const all: { view: Buffer; fill: string; state: "kept" | "given back" | "let go" }[] = [];
      for (const { action, bytes, choice } of steps) {
        const fill = String.fromCharCode(33 + (all.length % 90));
        const chosen = all[choice % Math.max(1, all.length)];
        if (action === "keep")
          all.push({ view: kept.keep(body(bytes, fill)), fill, state: "kept" });
        else if (chosen !== undefined && action === "giveBack") {
          kept.giveBack(chosen.view);
          if (chosen.state === "kept") chosen.state = "given back";
        } else if (chosen?.state === "kept") {
          kept.letGo(chosen.view);
          chosen.state = "let go";
        }
        const inUse = all.filter(({ state }) => state !== "given back");
        expect(inUse.every(({ view, fill: own }) => isUnchanged(view, own))).toBe(true);
      }
    }),
    { seed: 8, numRuns: 200 },
  );
});

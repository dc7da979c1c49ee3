import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

function draws(text: string, count: number): number[] {
  const random = seededRandom(text);
  return Array.from({ length: count }, random);
}

test("gives the same numbers for the same text, all from [0, 1)", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const numbers = draws(text, 20);
      expect(draws(text, 20)).toEqual(numbers);
      for (const number of numbers) {
        expect(number).toBeGreaterThanOrEqual(0);
        expect(number).toBeLessThan(1);
      }
    }),
  );
});

test("gives other numbers for a text that differs in one character", () => {
  const first = Array.from({ length: 1000 }, (_, i) => draws(`seed/${i}`, 1)[0]);
  expect(new Set(first).size).toBe(1000);
});

test.each(["the first number of 10,000 texts", "10,000 numbers of one text"])(
  "spreads %s evenly",
  (which) => {
    const numbers = which.startsWith("the first")
      ? Array.from({ length: 10_000 }, (_, i) => draws(String(i), 1)[0] ?? 0)
      : draws("one", 10_000);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const number of numbers) tenths[Math.floor(number * 10)]! += 1;
    // 1,000 expected, deviation 30; the texts are fixed, so this always holds or never.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(120);
  },
);

import { expect, test } from "vitest";
import { randomStream } from "./random-stream.ts";

function numbers(seed: number, name: string, index = 0): readonly number[] {
  const random = randomStream(seed, name, index);
  return Array.from({ length: 10_000 }, random);
}

function correlation(one: readonly number[], other: readonly number[]): number {
  const sum = one.reduce((total, value, at) => total + (value - 0.5) * ((other[at] ?? 0) - 0.5), 0);
  return (sum / one.length) * 12;
}

test("the same seed, name and index give the same numbers", () => {
  expect(numbers(1, "work")).toEqual(numbers(1, "work"));
});

test.each([
  ["seed", numbers(2, "work")],
  ["name", numbers(1, "arrivals")],
  ["index", numbers(1, "work", 1)],
])("another %s gives numbers that have nothing to do with them", (_, other) => {
  expect(Math.abs(correlation(numbers(1, "work"), other))).toBeLessThan(0.05);
});

test("numbers fill [0, 1) evenly", () => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (const value of numbers(3, "work")) counts[Math.floor(value * 10)]! += 1;
  // 27.9: a chi-squared of nine degrees of freedom exceeds it once in a thousand; the seed is fixed.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  expect(chiSquared).toBeLessThan(27.9);
});

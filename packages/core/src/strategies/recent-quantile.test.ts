import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RecentQuantile } from "./recent-quantile.ts";

function after(share: number, numbers: readonly number[]): number {
  const quantile = new RecentQuantile(share);
  numbers.forEach((_, index) => quantile.add(Float64Array.from(numbers), index));
  return quantile.value;
}

function exact(share: number, numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, two) => one - two);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Infinity;
}

const numbers = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 64 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

test("is exact over the first 64 numbers", () => {
  fc.assert(
    fc.property(numbers, shares, (list, share) => {
      expect(after(share, list)).toBe(exact(share, list));
    }),
  );
});

test("0 is the least, 1 the greatest, and none yet is above all", () => {
  expect([after(0, [5, 3, 9]), after(1, [5, 3, 9]), after(0.5, [5, 3, 9])]).toEqual([3, 9, 5]);
  expect(after(0.5, [])).toBe(Infinity);
});

test("tells which numbers are above it", () => {
  const values = Float64Array.of(3, 5, 9);
  const quantile = new RecentQuantile(0.5);
  expect(quantile.isBelow(values, 2)).toBe(false);
  for (const index of values.keys()) quantile.add(values, index);
  expect([0, 1, 2].map((index) => quantile.isBelow(values, index))).toEqual([false, false, true]);
});

test("forgets what is older than 64 numbers, at every 64th", () => {
  const old = Array.from({ length: 64 }, () => 1);
  const newer = Array.from({ length: 64 }, (_, index) => 100 + index);
  expect(after(0.25, [...old, ...newer.slice(1)])).toBe(1);
  expect(after(0.25, [...old, ...newer])).toBe(115);
});

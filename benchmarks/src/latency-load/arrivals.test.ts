import { expect, test } from "vitest";
import { seededRandom } from "../seeded-random.ts";
import { poissonArrivals } from "./arrivals.ts";

function gaps(count: number, ratePerSecond: number): number[] {
  const arrivals = poissonArrivals(ratePerSecond, seededRandom(7));
  const list: number[] = [];
  for (let last = 0; list.length < count;) {
    const { value } = arrivals.next();
    list.push(value - last);
    last = value;
  }
  return list;
}

test("requests come at the rate asked for, in moments that are as uneven as chance", () => {
  const list = gaps(20_000, 500);
  const mean = list.reduce((sum, gap) => sum + gap, 0) / list.length;
  const variance = list.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / list.length;
  expect(Math.min(...list)).toBeGreaterThan(0);
  expect(mean).toBeCloseTo(2, 1);
  // Of an exponential distribution the standard deviation is the mean.
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
});

test("gaps know nothing of the one before", () => {
  const list = gaps(20_000, 500);
  const afterLong = list.filter((_, index) => (list[index - 1] ?? 0) > 2);
  const mean = afterLong.reduce((sum, gap) => sum + gap, 0) / afterLong.length;
  expect(mean).toBeCloseTo(2, 1);
});

import { seededRandom } from "@evenkeel/oracles";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createArrivals } from "./arrivals.ts";

function take(count: number, next: () => number): number[] {
  return Array.from({ length: count }, next);
}

test("are evenly spaced, without drift", () => {
  const next = createArrivals({ process: "constant", ratePerSecond: 3, random: () => 0 });
  const times = take(3_000_001, next);
  expect(times.slice(0, 4)).toEqual([0, 1000 / 3, 2000 / 3, 1000]);
  expect(times.at(-1)).toBe(1_000_000_000);
});

test("have exponential gaps of the right mean and deviation, and repeat with their seed", () => {
  const create = () =>
    createArrivals({ process: "poisson", ratePerSecond: 100, random: seededRandom(7) });
  const times = take(100_000, create());
  expect(take(1000, create())).toEqual(times.slice(0, 1000));
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  // Six standard errors of either.
  expect(Math.abs(mean - 10)).toBeLessThan(0.2);
  expect(Math.abs(deviation - 10)).toBeLessThan(0.3);
});

test("never decrease, whatever the chance", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true })), (draws) => {
      let turn = 0;
      const random = (): number => draws[turn++] ?? 0;
      const next = createArrivals({ process: "poisson", ratePerSecond: 50, random });
      const times = take(draws.length, next);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});

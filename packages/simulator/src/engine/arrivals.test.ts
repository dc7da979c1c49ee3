import { expect, test } from "vitest";
import { Arrivals, expectedRunMs, type Load, steadyLoad } from "./arrivals.ts";

/** Arrivals before `untilMs`. */
function timesOf(load: Load, untilMs: number, seed = 1): readonly number[] {
  const arrivals = new Arrivals(load, seed);
  const times: number[] = [];
  for (let at = arrivals.next(); at < untilMs; at = arrivals.next()) times.push(at);
  return times;
}

function countBetween(times: readonly number[], fromMs: number, toMs: number): number {
  return times.filter((at) => fromMs <= at && at < toMs).length;
}

/** A Poisson count is within five deviations of its mean. */
function expectPoisson(count: number, mean: number): void {
  expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean));
}

test("a Poisson stream has the rate, and gaps as varied as their mean", () => {
  const times = timesOf(steadyLoad(1_000), 100_000);
  expectPoisson(times.length, 100_000);
  const gaps = times.slice(1).map((at, index) => at - (times[index] as number));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
});

test("an even stream has equal gaps", () => {
  expect(timesOf({ ...steadyLoad(100), spacing: "even" }, 41)).toEqual([10, 20, 30, 40]);
});

test("each step has its own rate, down to none at all", () => {
  const steps = [
    { fromMs: 0, perSecond: 1_000 },
    { fromMs: 10_000, perSecond: 0 },
    { fromMs: 20_000, perSecond: 3_000 },
  ];
  const times = timesOf({ steps, spacing: "poisson", bursts: null }, 30_000);
  expectPoisson(countBetween(times, 0, 10_000), 10_000);
  expect(countBetween(times, 10_000, 20_000)).toBe(0);
  expectPoisson(countBetween(times, 20_000, 30_000), 30_000);
});

test("bursts raise the mean rate by their share of the time and make counts vary more than Poisson", () => {
  const bursts = { factor: 3, onMs: 200, offMs: 1_800 };
  const times = timesOf({ ...steadyLoad(1_000), bursts }, 400_000);
  expect(times.length / 400_000).toBeCloseTo(1.2, 1);
  const counts = Array.from({ length: 4_000 }, () => 0);
  for (const at of times) counts[Math.floor(at / 100)]! += 1;
  const mean = times.length / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
  expect(variance / mean).toBeGreaterThan(10);
});

test("a load that ends has a last request", () => {
  const steps = [
    { fromMs: 0, perSecond: 100 },
    { fromMs: 1_000, perSecond: 0 },
  ];
  const arrivals = new Arrivals({ steps, spacing: "even", bursts: null }, 1);
  const times = Array.from({ length: 101 }, () => arrivals.next());
  expect(times.at(-2)).toBe(1_000);
  expect(times.at(-1)).toBe(Infinity);
});

test("the expected length follows the steps", () => {
  const steps = [
    { fromMs: 0, perSecond: 100 },
    { fromMs: 1_000, perSecond: 50 },
  ];
  expect(expectedRunMs({ steps, spacing: "even", bursts: null }, 200)).toBe(3_000);
});

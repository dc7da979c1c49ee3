import { seededRandom } from "@evenkeel/oracles";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createCurveArrivals, RateCurve, type RateStage } from "./rate-curve.ts";

function allOf(arrivals: () => number | undefined): number[] {
  const times: number[] = [];
  for (let atMs = arrivals(); atMs !== undefined; atMs = arrivals()) times.push(atMs);
  return times;
}

function constant(stages: readonly RateStage[], worker = 0, workers = 1): number[] {
  const random = (): number => 0.5;
  const curve = new RateCurve(stages);
  return allOf(createCurveArrivals({ curve, process: "constant", worker, workers, random }));
}

const hold = (perSecond: number, durationMs: number): RateStage => ({
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
  durationMs,
});

test("a constant rate has even gaps, and nothing at its end", () => {
  expect(constant([hold(4, 1000)])).toEqual([0, 250, 500, 750]);
});

test("a ramp from nothing sends the n-th request where the area reaches n", () => {
  // The area of a ramp to 10/s over 2 s is 2.5 t²: request n is due at √(n / 2.5) s.
  const times = constant([{ fromPerSecond: 0, toPerSecond: 10, durationMs: 2000 }]);
  expect(times).toHaveLength(10);
  times.forEach((atMs, n) => expect(atMs).toBeCloseTo(Math.sqrt(n / 2.5) * 1000, 6));
});

test("a pause sends nothing, and what comes after it is not moved", () => {
  const stages = [hold(2, 1000), hold(0, 5000), hold(2, 1000)];
  expect(constant(stages)).toEqual([0, 500, 6000, 6500]);
});

test("a jump changes the gap at once", () => {
  expect(constant([hold(2, 1000), hold(10, 300)])).toEqual([0, 500, 1000, 1100, 1200]);
});

test("several workers together are as even as one", () => {
  const stages = [{ fromPerSecond: 10, toPerSecond: 200, durationMs: 3000 }, hold(50, 1000)];
  const shared = [0, 1, 2].flatMap((worker) => constant(stages, worker, 3));
  expect(shared.toSorted((a, b) => a - b)).toEqual(constant(stages));
});

test("says the rate of any moment", () => {
  const curve = new RateCurve([
    { fromPerSecond: 0, toPerSecond: 100, durationMs: 1000 },
    hold(20, 500),
  ]);
  expect([0, 500, 1000, 1499, 1500].map((atMs) => curve.rateAt(atMs))).toEqual([0, 50, 20, 20, 0]);
  expect(curve.total).toBeCloseTo(60, 9);
});

const stage = fc.record({
  fromPerSecond: fc.integer({ min: 0, max: 500 }),
  toPerSecond: fc.integer({ min: 0, max: 500 }),
  durationMs: fc.integer({ min: 1, max: 5000 }),
});

test("whatever the stages, times never go back and there are as many as the area says", () => {
  fc.assert(
    fc.property(fc.array(stage, { minLength: 1, maxLength: 5 }), (stages) => {
      const curve = new RateCurve(stages);
      const times = constant(stages);
      expect(Math.abs(times.length - curve.total)).toBeLessThanOrEqual(1);
      times.forEach((atMs, index) => {
        expect(atMs).toBeGreaterThanOrEqual(times[index - 1] ?? 0);
        expect(atMs).toBeLessThanOrEqual(curve.durationMs);
      });
    }),
  );
});

test("poisson arrivals of several workers add up to the rate, with gaps by chance", () => {
  const curve = new RateCurve([hold(1000, 60_000)]);
  const times = [0, 1].flatMap((worker) => {
    const random = seededRandom(worker + 1);
    return allOf(createCurveArrivals({ curve, process: "poisson", worker, workers: 2, random }));
  });
  // 60,000 on average, five standard deviations of √60,000.
  expect(Math.abs(times.length - 60_000)).toBeLessThan(1225);
  const gaps = times.toSorted((a, b) => a - b).map((atMs, n, all) => atMs - (all[n - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  // Exponential: the standard deviation is the mean.
  expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.96);
  expect(Math.sqrt(variance) / mean).toBeLessThan(1.04);
});

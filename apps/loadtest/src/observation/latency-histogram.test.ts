import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The value at a percentile by definition: the smallest that so many per cent do not exceed. */
function exactPercentile(values: readonly number[], percentile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length - 1e-9));
  return sorted[rank - 1] ?? 0;
}

test("percentiles are never too low and at most 1/128 too high, whatever was recorded", () => {
  const values = fc.array(
    fc.oneof(fc.nat(300), fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    { minLength: 1, maxLength: 200 },
  );
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 100, noNaN: true }), (recorded, percentile) => {
      const exact = exactPercentile(recorded, percentile);
      const measured = histogramOf(recorded).percentile(percentile);
      expect(measured).toBeGreaterThanOrEqual(exact);
      expect(measured).toBeLessThanOrEqual(Math.ceil(exact * (1 + 1 / 128)));
    }),
  );
});

test("small values, extremes, count and mean are exact", () => {
  const histogram = histogramOf([1, 2, 3, 255, 1_000_003]);
  expect(histogram.percentile(20)).toBe(1);
  expect(histogram.percentile(80)).toBe(255);
  expect(histogram.percentile(100)).toBe(1_000_003);
  expect(histogram).toMatchObject({ count: 5, min: 1, max: 1_000_003, mean: 1_000_264 / 5 });
});

test("what is out of range is counted at its edge", () => {
  expect(histogramOf([-5]).percentile(50)).toBe(0);
  expect(histogramOf([2 ** 40]).percentile(50)).toBe(2 ** 32 - 1);
});

test("is empty before anything is recorded", () => {
  expect(new LatencyHistogram()).toMatchObject({ count: 0, min: 0, max: 0, mean: 0 });
  expect(new LatencyHistogram().percentile(99)).toBe(0);
});

test("goes through a snapshot unchanged, and needs the same memory for a million values", () => {
  const histogram = new LatencyHistogram();
  for (let value = 0; value < 1_000_000; value++) histogram.record(value);
  const snapshot = structuredClone(histogram.snapshot());
  expect(snapshot.counts).toHaveLength(3328);
  const copy = new LatencyHistogram(snapshot);
  expect([50, 99, 99.9].map((p) => copy.percentile(p))).toEqual(
    [50, 99, 99.9].map((p) => histogram.percentile(p)),
  );
});

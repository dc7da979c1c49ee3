import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DurationHistogram, DurationTotals, histogramCells } from "./duration-histogram.ts";

function totalsOf(durationsMs: readonly number[]): DurationTotals {
  const histogram = new DurationHistogram(new Float64Array(histogramCells));
  for (const duration of durationsMs) histogram.record(duration);
  const totals = new DurationTotals();
  histogram.addTo(totals);
  return totals;
}

const boundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1e3, 2.5e3, 5e3, 1e4, 3e4, 1e5];

test("counts a duration at a bound up to it, and one above it not", () => {
  for (const bound of boundsMs) {
    expect([bound, totalsOf([bound]).countUpTo(bound)]).toEqual([bound, 1]);
    expect([bound, totalsOf([bound + 0.001]).countUpTo(bound)]).toEqual([bound, 0]);
  }
});

test("counts what lasted less than a clock can see, nothing, or went backwards", () => {
  const totals = totalsOf([0, 1e-9, -0.5]);
  expect(totals.countUpTo(0.001)).toBe(3);
  expect(totals.sumMs).toBeCloseTo(0, 6);
});

test("counts what lasted longer than the last bucket only in all", () => {
  const totals = totalsOf([100_001, 1e9]);
  expect(totals.countUpTo(100_000)).toBe(0);
  expect(totals.count).toBe(2);
});

test("agrees with a sorted list at every bound, whatever is recorded", () => {
  const duration = fc.oneof(
    fc.double({ min: 0, max: 200_000, noNaN: true }),
    fc.constantFrom(...boundsMs),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(duration, { maxLength: 50 }), (durations) => {
      const totals = totalsOf(durations);
      expect(totals.count).toBe(durations.length);
      for (const bound of boundsMs) {
        // To the microsecond, which is what the buckets resolve.
        const upTo = durations.filter((ms) => Math.ceil(ms * 1_000) <= bound * 1_000).length;
        expect(totals.countUpTo(bound)).toBe(upTo);
      }
    }),
  );
});

test("adds up over threads, beside what else is in the array", () => {
  const cells = new Float64Array(3 * histogramCells);
  const histograms = [0, 1, 2].map((row) => new DurationHistogram(cells, row * histogramCells));
  histograms[0]?.record(3);
  histograms[1]?.record(4);
  histograms[1]?.record(5);
  const totals = new DurationTotals();
  histograms[1]?.addTo(totals);
  expect([totals.count, totals.sumMs]).toEqual([2, 9]);
  histograms[0]?.addTo(totals);
  expect([totals.count, totals.sumMs]).toEqual([3, 12]);
});

describe("a quantile", () => {
  test("is within a tenth of the exact one, and never above what a bucket holds", () => {
    const durations = fc.array(fc.double({ min: 0.001, max: 90_000, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1), (all, rank) => {
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(all.length * rank)) - 1] as number;
        const found = totalsOf(all).quantileMs(rank) ?? NaN;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.1 + 0.001);
      }),
    );
  });

  test("of nothing is null, as the mean is", () => {
    expect([totalsOf([]).quantileMs(0.5), totalsOf([]).meanMs]).toEqual([null, null]);
  });

  test("above 100 s is 100 s", () => {
    expect(totalsOf([500_000]).quantileMs(1)).toBe(100_000);
  });
});

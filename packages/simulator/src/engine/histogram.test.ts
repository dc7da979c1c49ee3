import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "./histogram.ts";

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const durations = fc.array(fc.double({ min: 1e-3, max: 1e7, noNaN: true }), {
  minLength: 1,
  maxLength: 400,
});

test("a quantile lies within 0.4 % of the value of its rank, over ten orders of magnitude", () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1), (values, q) => {
      const sorted = values.toSorted((one, other) => one - other);
      const exact = sorted[Math.ceil(q * values.length) - 1] as number;
      const ratio = histogramOf(values).quantile(q) / exact;
      expect(Math.abs(ratio - 1)).toBeLessThan(0.004);
    }),
  );
});

test("count, mean and largest are exact", () => {
  const histogram = histogramOf([1, 2, 6]);
  expect([histogram.count, histogram.mean, histogram.max]).toEqual([3, 3, 6]);
});

test("zero, which a full queue answers in, is a value like any other", () => {
  const histogram = histogramOf([0, 0, 0, 5]);
  expect(histogram.quantile(0.5)).toBe(0);
  expect(histogram.quantile(1)).toBe(5);
});

test("merging is the same as recording everything in one", () => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      const merged = histogramOf(one);
      merged.merge(histogramOf(other));
      const whole = histogramOf([...one, ...other]);
      for (const q of [0.1, 0.5, 0.99, 1]) expect(merged.quantile(q)).toBe(whole.quantile(q));
      expect(merged.max).toBe(whole.max);
    }),
  );
});

test("nothing recorded is 0 and no error", () => {
  const empty = new Histogram();
  expect([empty.quantile(0.99), empty.mean, empty.max]).toEqual([0, 0, 0]);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

function filled(latencies: Iterable<number>): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const latencyMs of latencies) histogram.add(latencyMs);
  return histogram;
}

test("a quantile is that of the sorted list, at most an eighth too high", () => {
  const latency = fc.double({ min: 0.05, max: 60_000, noNaN: true });
  const share = fc.double({ min: 0.5, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 500 }), share, (latencies, share) => {
      const sorted = latencies.toSorted((one, other) => one - other);
      const exact = sorted[Math.ceil(share * sorted.length) - 1] as number;
      const estimate = filled(latencies).quantile(share);
      expect(estimate).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(estimate).toBeLessThanOrEqual(exact * 1.125 * (1 + 1e-9));
    }),
  );
});

test("of nothing it is 0", () => {
  expect(new LatencyHistogram().quantile(0.95)).toBe(0);
});

test.each([0, 1e-9, 1e12])("a latency of %d ms has a bucket, too", (latencyMs) => {
  const histogram = filled([latencyMs]);
  expect(histogram.count).toBe(1);
  expect(histogram.quantile(0.5)).toBeGreaterThan(0);
});

test("it forgets: after a change of pace the quantile follows", () => {
  const slow = Array.from({ length: 20_000 }, () => 1_000);
  const fast = Array.from({ length: 20_000 }, () => 1);
  expect(filled([...slow, ...fast]).quantile(0.95)).toBeLessThan(1.2);
  expect(filled([...fast, ...slow]).quantile(0.95)).toBeGreaterThan(999);
  expect(filled(slow).count).toBeLessThan(4_096);
});

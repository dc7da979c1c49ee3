import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { renderHgrm } from "./hgrm.ts";
import { percentileLines, valueAt } from "./percentiles.ts";
import type { ReportLatency } from "./report-document.ts";
import { reportLatency } from "./sparse-counts.ts";

function latencyOf(valuesUs: readonly number[]): ReportLatency {
  const histogram = new LatencyHistogram();
  for (const value of valuesUs) histogram.record(value);
  const latency = reportLatency(histogram.snapshot(), "due");
  if (latency === null) throw new Error("no values");
  return latency;
}

/**
 * What HdrHistogram and its ports print for 25, 50 and 75 (from their own tests), values scaled by 1/1000 as
 * they are here, and the layout line as it is for our buckets.
 */
const known = `       Value     Percentile TotalCount 1/(1-Percentile)

       0.025 0.000000000000          1           1.00
       0.025 0.100000000000          1           1.11
       0.025 0.200000000000          1           1.25
       0.025 0.300000000000          1           1.43
       0.050 0.400000000000          2           1.67
       0.050 0.500000000000          2           2.00
       0.050 0.550000000000          2           2.22
       0.050 0.600000000000          2           2.50
       0.050 0.650000000000          2           2.86
       0.075 0.700000000000          3           3.33
       0.075 1.000000000000          3
#[Mean    =        0.050, StdDeviation   =        0.020]
#[Max     =        0.075, Total count    =            3]
#[Buckets =           25, SubBuckets     =          256]
`;

test("prints what HdrHistogram prints for the same values", () => {
  expect(renderHgrm(latencyOf([25, 50, 75]))).toBe(known);
});

test("levels rise to 100 %, counts never fall, and the last line holds everything", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 2000 }),
      (values) => {
        const lines = percentileLines(latencyOf(values));
        const levels = lines.map(({ percentile }) => percentile);
        expect(levels).toEqual([...new Set(levels)].toSorted((a, b) => a - b));
        const totals = lines.map(({ total }) => total);
        expect(totals).toEqual(totals.toSorted((a, b) => a - b));
        expect(lines.at(-1)).toEqual({
          percentile: 100,
          valueUs: Math.max(...values),
          total: values.length,
        });
        for (const { percentile, valueUs, total } of lines) {
          expect(total / values.length).toBeGreaterThanOrEqual(percentile / 100 - 1e-9);
          const atMost = values.filter((value) => value <= valueUs).length;
          expect(atMost).toBe(total);
        }
      },
    ),
    { seed: 1, numRuns: 100 },
  );
});

test("a value at a level is the histogram's own", () => {
  const histogram = new LatencyHistogram();
  for (let us = 1; us < 100_000; us += 7) histogram.record(us);
  const latency = reportLatency(histogram.snapshot(), "due");
  if (latency === null) throw new Error("no values");
  for (const level of [0, 1, 50, 90, 99, 99.99, 100]) {
    expect(valueAt(latency, level)).toBe(histogram.percentile(level));
  }
});

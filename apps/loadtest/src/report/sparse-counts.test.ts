import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { coarseCounts, histogramFrom, reportLatency, sparseCounts } from "./sparse-counts.ts";

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const values = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1 });

test("a histogram comes out of a report as it went in", () => {
  fc.assert(
    fc.property(values, (recorded) => {
      const snapshot = histogramOf(recorded).snapshot();
      const latency = reportLatency(snapshot, "due");
      if (latency === null) throw new Error("recorded and not reported");
      expect(histogramFrom(JSON.parse(JSON.stringify(latency))).snapshot()).toEqual(snapshot);
    }),
    { seed: 1 },
  );
});

test("buckets are in order, hold every value, and coarse ones do too", () => {
  fc.assert(
    fc.property(values, (recorded) => {
      const snapshot = histogramOf(recorded).snapshot();
      for (const counts of [sparseCounts(snapshot), coarseCounts(snapshot)]) {
        const highest = counts.map(([value]) => value);
        expect(highest).toEqual(highest.toSorted((a, b) => a - b));
        expect(new Set(highest).size).toBe(highest.length);
        expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(recorded.length);
        expect(highest.at(-1)).toBeGreaterThanOrEqual(Math.max(...recorded));
      }
    }),
    { seed: 1 },
  );
});

test("nothing recorded is nothing reported", () => {
  expect(reportLatency(new LatencyHistogram().snapshot(), "sent")).toBeNull();
});

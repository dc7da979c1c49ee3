import { expect, test } from "vitest";
import { correctedLatency } from "./corrected-latency.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { SparseRecorder } from "./sparse-histogram.ts";

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test("a stall stands for the requests that would have come meanwhile", () => {
  // A request every 50 µs, and one that took 250: three more would have been sent while it waited.
  const corrected = correctedLatency(histogramOf([50, 50, 50, 250]), 50);
  expect([...corrected.buckets()]).toEqual([
    [50, 4],
    [100, 1],
    [150, 1],
    [200, 1],
    [250, 1],
  ]);
  expect(corrected).toMatchObject({ count: 8, min: 50, max: 250 });
});

test("without a stall there is nothing to correct, and without an interval neither", () => {
  const histogram = histogramOf([90, 100, 110]);
  expect(correctedLatency(histogram, 100).snapshot()).toEqual(histogram.snapshot());
  expect(correctedLatency(histogram, 0).snapshot()).toEqual(histogram.snapshot());
});

test("leaves the histogram that it corrects alone", () => {
  const histogram = histogramOf([10, 1000]);
  const before = histogram.snapshot();
  correctedLatency(histogram, 10);
  expect(histogram.snapshot()).toEqual(before);
});

test("sparse and dense histograms count in the same buckets", () => {
  const values = [0, 1, 255, 256, 1000, 123_456, 2 ** 33];
  const sparse = new SparseRecorder();
  for (const value of values) sparse.record(value);
  const twice = new LatencyHistogram();
  twice.addSparse(sparse);
  twice.addSparse(sparse);
  const dense = histogramOf([...values, ...values]);
  expect(twice.snapshot()).toEqual(dense.snapshot());
});

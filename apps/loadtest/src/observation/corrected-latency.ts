import { bucketOf, LatencyHistogram, upperBoundOf } from "./latency-histogram.ts";

/**
 * The same with what a client did not ask while it waited: a value of `n` intervals stands for those that
 * would have come `1, 2, … n − 1` intervals later, as HdrHistogram and wrk count. For a closed loop, where
 * a stall hides the requests that were not sent meanwhile. `intervalUs` is the mean time between two
 * requests of a connection.
 */
export function correctedLatency(latency: LatencyHistogram, intervalUs: number): LatencyHistogram {
  const { counts, count, sum, min, max } = latency.snapshot();
  const corrected = { counts, count, sum, min, max };
  if (intervalUs >= 1) {
    for (const [bucket, times] of latency.buckets()) {
      const value = Math.min(max, upperBoundOf(bucket));
      for (let missing = value - intervalUs; missing >= intervalUs; missing -= intervalUs) {
        const whole = Math.round(missing);
        const into = bucketOf(whole);
        counts[into] = (counts[into] ?? 0) + times;
        corrected.count += times;
        corrected.sum += whole * times;
        corrected.min = Math.min(corrected.min, whole);
      }
    }
  }
  return new LatencyHistogram(corrected);
}

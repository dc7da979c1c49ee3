/* Histograms on their way into a report and out of it again. */
import {
  bucketOf,
  type HistogramSnapshot,
  LatencyHistogram,
  upperBoundOf,
} from "../observation/latency-histogram.ts";
import type { ReportLatency, SparseCounts } from "./report-document.ts";

/** What a report says of a histogram of microseconds; `null` where nothing was recorded. */
export function reportLatency(
  snapshot: HistogramSnapshot,
  from: ReportLatency["from"],
): ReportLatency | null {
  const { count, sum: sumUs, min: minUs, max: maxUs } = snapshot;
  if (count === 0) return null;
  return { from, count, sumUs, minUs, maxUs, buckets: sparseCounts(snapshot) };
}

/** The buckets that are not empty. */
export function sparseCounts({ counts }: Pick<HistogramSnapshot, "counts">): SparseCounts {
  const sparse: [number, number][] = [];
  counts.forEach((count, bucket) => {
    if (count > 0) sparse.push([upperBoundOf(bucket), count]);
  });
  return sparse;
}

/** The histogram that {@link reportLatency} was made of. */
export function histogramFrom(latency: ReportLatency): LatencyHistogram {
  const { count, sumUs: sum, minUs: min, maxUs: max } = latency;
  const { counts } = new LatencyHistogram().snapshot();
  for (const [highestUs, times] of latency.buckets) {
    const bucket = bucketOf(highestUs);
    counts[bucket] = (counts[bucket] ?? 0) + times;
  }
  return new LatencyHistogram({ counts, count, sum, min, max });
}

/** Eight neighbours become one: 16 buckets per doubling, fine enough for a picture. */
export function coarseCounts(snapshot: Pick<HistogramSnapshot, "counts">): SparseCounts {
  const sums = new Map<number, number>();
  snapshot.counts.forEach((count, bucket) => {
    if (count === 0) return;
    const highest = upperBoundOf(bucket | 7);
    sums.set(highest, (sums.get(highest) ?? 0) + count);
  });
  return [...sums];
}

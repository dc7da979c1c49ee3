/*
 * The levels at which a percentile spectrum is worth a line: five to every halving of the distance to
 * 100 %, as HdrHistogram's own printouts have them. Pure.
 */
import type { ReportLatency } from "./report-document.ts";

const ticksPerHalving = 5;

/** One line of a spectrum. */
export interface PercentileLine {
  /** Per cent of the values that are at most `valueUs`, as a level of the scale. */
  readonly percentile: number;
  readonly valueUs: number;
  /** Values that are at most `valueUs`. */
  readonly total: number;
}

/** The whole spectrum, from the smallest value to the largest; empty where nothing was recorded. */
export function percentileLines({ buckets, count, maxUs }: ReportLatency): PercentileLine[] {
  const lines: PercentileLine[] = [];
  let total = 0;
  let percentile = 0;
  for (const [highestUs, times] of buckets) {
    total += times;
    // The largest value is exact, its bucket's end is not.
    const valueUs = Math.min(highestUs, maxUs);
    while ((100 * total) / count >= percentile) {
      lines.push({ percentile, valueUs, total });
      percentile += 100 / ticksAt(percentile);
      // Every further level has the same value; the line for 100 % says as much.
      if (total === count) break;
    }
  }
  if (count > 0) lines.push({ percentile: 100, valueUs: maxUs, total: count });
  return lines;
}

function ticksAt(percentile: number): number {
  return ticksPerHalving * 2 ** (Math.floor(Math.log2(100 / (100 - percentile))) + 1);
}

/** The value at a level, 0 to 100: never below the true one and at most 0.8 % above. */
export function valueAt({ buckets, count, maxUs }: ReportLatency, percentile: number): number {
  const wanted = Math.max(1, Math.ceil((percentile / 100) * count - 1e-9));
  let seen = 0;
  for (const [highestUs, times] of buckets) {
    seen += times;
    if (seen >= wanted) return Math.min(highestUs, maxUs);
  }
  return maxUs;
}

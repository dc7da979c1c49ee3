import { percentileLines } from "./percentiles.ts";
import type { ReportLatency } from "./report-document.ts";

/** Of the histograms that a report holds: 128 buckets per doubling, the first 256 of one value each. */
const layout = { subBuckets: 256, buckets: 25 };

/**
 * A histogram as HdrHistogram prints it (`.hgrm`), values in milliseconds: what its plotter and other load
 * testers read.
 */
export function renderHgrm(latency: ReportLatency): string {
  const lines = percentileLines(latency).map(({ valueUs, percentile, total }) => {
    const distance = percentile === 100 ? "" : ` ${fixed(1 / (1 - percentile / 100), 14, 2)}`;
    const level = fixed(percentile / 100, 14, 12);
    return `${fixed(valueUs / 1000, 12, 3)} ${level} ${String(total).padStart(10)}${distance}`;
  });
  return [
    `${"Value".padStart(12)} ${"Percentile".padStart(14)} ${"TotalCount".padStart(10)} 1/(1-Percentile)`,
    "",
    ...lines,
    `#[Mean    = ${fixed(latency.sumUs / latency.count / 1000, 12, 3)}, StdDeviation   = ${fixed(deviationMs(latency), 12, 3)}]`,
    `#[Max     = ${fixed(latency.maxUs / 1000, 12, 3)}, Total count    = ${String(latency.count).padStart(12)}]`,
    `#[Buckets = ${String(layout.buckets).padStart(12)}, SubBuckets     = ${String(layout.subBuckets).padStart(12)}]`,
    "",
  ].join("\n");
}

/** Of the buckets' ends around the exact mean. */
function deviationMs(latency: ReportLatency): number {
  const { count } = latency;
  const meanUs = latency.sumUs / count;
  const squares = latency.buckets.reduce(
    (sum, [highestUs, times]) => sum + times * (Math.min(highestUs, latency.maxUs) - meanUs) ** 2,
    0,
  );
  return Math.sqrt(squares / count) / 1000;
}

function fixed(value: number, width: number, digits: number): string {
  return value.toFixed(digits).padStart(width);
}

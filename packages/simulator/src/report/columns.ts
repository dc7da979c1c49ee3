import { formatCount, formatMs, formatRatio, formatShare } from "./format.ts";
import type { Spread, Summary } from "./summary.ts";

/** A figure of a summary, as table and page show it. */
export interface Column {
  readonly heading: string;
  readonly spread: (summary: Summary) => Spread;
  readonly format: (value: number) => string;
}

export const columns: readonly Column[] = [
  { heading: "p50", spread: ({ p50Ms }) => p50Ms, format: formatMs },
  { heading: "p99", spread: ({ p99Ms }) => p99Ms, format: formatMs },
  { heading: "p99.9", spread: ({ p999Ms }) => p999Ms, format: formatMs },
  { heading: "max", spread: ({ maxMs }) => maxMs, format: formatMs },
  { heading: "queue p99", spread: ({ queueingP99Ms }) => queueingP99Ms, format: formatMs },
  { heading: "errors", spread: ({ errorRate }) => errorRate, format: formatShare },
  { heading: "imbalance", spread: ({ imbalance }) => imbalance, format: formatRatio },
  { heading: "max in flight", spread: ({ maxInFlight }) => maxInFlight, format: formatCount },
];

const deadline: Column = {
  heading: "in time",
  spread: ({ withinDeadline }) => withinDeadline,
  format: formatShare,
};
const retries: Column = {
  heading: "retries",
  spread: ({ retriesPerRequest }) => retriesPerRequest,
  format: formatRatio,
};
const affinity: Column = {
  heading: "same backend",
  spread: ({ affinity }) => affinity,
  format: formatShare,
};

/** Beside the usual ones those that tell the contenders apart here. */
export function columnsFor(summaries: readonly Summary[]): readonly Column[] {
  const any = (column: Column, isTelling: (value: number) => boolean): readonly Column[] =>
    summaries.some((summary) => isTelling(column.spread(summary).median)) ? [column] : [];
  const errors = Math.max(...summaries.map(({ errorRate }) => errorRate.median));
  return [
    ...columns,
    ...any(deadline, (share) => share < 1 - errors - 1e-9),
    ...any(retries, (ratio) => ratio > 0),
    ...any(affinity, (share) => share > 0.5),
  ];
}

/** `23.1 ms`, or `23.1 ms [22.8 ms–24.0 ms]` when seeds disagree visibly. */
export function spreadText({ median, min, max }: Spread, format: Column["format"]): string {
  const [middle, low, high] = [format(median), format(min), format(max)];
  return low === high ? middle : `${middle} [${low}–${high}]`;
}

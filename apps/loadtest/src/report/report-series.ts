/* A run over time on its way into a report. */
import { type ClientEntry, type ClientLedger, isSuccess } from "../engine/client-ledger.ts";
import {
  type Interval,
  statusClass,
  TimeSeries,
  type TimeSeriesSnapshot,
} from "../observation/time-series.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import type { ReportSeries } from "./report-document.ts";
import { coarseCounts } from "./sparse-counts.ts";

/** With fewer requests than that, an interval's percentiles are noise. */
const leastPerInterval = 10;

/** What a report says of a series; `null` where nothing happened. */
export function reportSeries(snapshot: TimeSeriesSnapshot): ReportSeries | null {
  const series = TimeSeries.from(snapshot);
  series.coarsen(leastPerInterval);
  const { intervals, intervalMs } = series;
  if (intervals.length === 0) return null;
  const percentile = (wanted: number): (number | null)[] =>
    intervals.map(({ latency }) => (latency.count === 0 ? null : latency.percentile(wanted)));
  return {
    intervalMs,
    offered: intervals.map(({ offered }) => offered),
    achieved: intervals.map(({ achieved }) => achieved),
    failed: intervals.map(({ failed }) => failed),
    outcomes: columnsOf(intervals, "outcomes"),
    backends: columnsOf(intervals, "backends"),
    p50Us: percentile(50),
    p90Us: percentile(90),
    p99Us: percentile(99),
    maxUs: percentile(100),
    latency: intervals.map(({ latency }) => coarseCounts(latency.snapshot())),
  };
}

/** All latencies of a series together. */
export function latencyOf({ intervals }: TimeSeriesSnapshot): LatencyHistogram {
  const whole = new LatencyHistogram();
  for (const { latency } of intervals) whole.add(new LatencyHistogram(latency));
  return whole;
}

/** The series of an open loop, whose ledger knows every request. */
export function ledgerSeries(client: ClientLedger): TimeSeriesSnapshot {
  const series = new TimeSeries();
  for (const entry of client.entries()) {
    const { intendedAtMs, endedAtMs, outcome } = entry;
    const isResponse = outcome.kind === "response";
    series.offered(intendedAtMs);
    if (isResponse) series.arrived(endedAtMs);
    series.ended(intendedAtMs, {
      label: labelOf(entry),
      isFailed: outcome.kind === "error" || (isResponse && !isSuccess(outcome)),
      backend: isResponse ? outcome.backend : undefined,
      latencyUs: isResponse ? (endedAtMs - intendedAtMs) * 1000 : undefined,
    });
  }
  return series.snapshot();
}

function labelOf({ outcome }: ClientEntry): string {
  if (outcome.kind === "response") return statusClass(outcome.status);
  return outcome.kind === "error" ? outcome.error : outcome.kind;
}

/** One column per name that occurs, in the order of the names. */
function columnsOf(
  intervals: readonly Interval[],
  what: "outcomes" | "backends",
): Record<string, number[]> {
  const names = new Set(intervals.flatMap((interval) => [...interval[what].keys()]));
  const inOrder = [...names].toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return Object.fromEntries(
    inOrder.map((name) => [name, intervals.map((interval) => interval[what].get(name) ?? 0)]),
  );
}

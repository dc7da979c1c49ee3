/* Numbers of a run against a threshold. Pure. */
import type { LatencyHistogram } from "../observation/latency-histogram.ts";
import type { Operator, Threshold } from "./parse-threshold.ts";
import type { MetricKind } from "./vocabulary.ts";

/** What a run knows of one metric. `null`: nobody could measure it. */
export type MetricReading =
  | { readonly kind: "requests"; readonly count: number | null; readonly of: number }
  | { readonly kind: "share"; readonly share: number | null }
  /** Infinity: it never happened. */
  | { readonly kind: "time"; readonly ms: number | null }
  /** Microseconds. */
  | { readonly kind: "trend"; readonly latency: LatencyHistogram }
  | { readonly kind: "throughput"; readonly count: number; readonly durationMs: number };

/** Whether a run kept to a threshold; `unknown` when nobody could measure the metric. */
export interface ThresholdVerdict<Judged extends Threshold = Threshold> {
  readonly threshold: Judged;
  /** Requests (also where the limit is a share of them), a fraction, milliseconds, or per second. */
  readonly value: number | null;
  readonly verdict: "met" | "not-met" | "unknown";
}

const operators: Readonly<Record<Operator, (value: number, limit: number) => boolean>> = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  "==": (value, limit) => value === limit,
  ">=": (value, limit) => value >= limit,
  ">": (value, limit) => value > limit,
};

/** Compares `reading` with the limit. */
export function judgeReading<Judged extends Threshold>(
  threshold: Judged,
  reading: MetricReading | null,
): ThresholdVerdict<Judged> {
  const value = reading === null ? null : valueOf(threshold, reading);
  if (reading === null || value === null) return { threshold, value: null, verdict: "unknown" };
  const isMet = operators[threshold.operator](
    comparedOf(threshold, reading, value),
    threshold.limit,
  );
  return { threshold, value, verdict: isMet ? "met" : "not-met" };
}

function valueOf({ stat }: Threshold, reading: MetricReading): number | null {
  if (reading.kind === "requests") return reading.count;
  if (reading.kind === "share") return reading.share;
  if (reading.kind === "time") return reading.ms;
  if (reading.kind === "trend") return statOf(reading.latency, stat);
  const { count, durationMs } = reading;
  return stat.name === "count" ? count : durationMs > 0 ? (count * 1000) / durationMs : null;
}

/** A share is compared as a share, and shown as a count. */
function comparedOf({ stat }: Threshold, reading: MetricReading, value: number): number {
  if (reading.kind !== "requests" || stat.name !== "rate") return value;
  return reading.of > 0 ? value / reading.of : value;
}

function statOf(latency: LatencyHistogram, stat: Threshold["stat"]): number | null {
  if (latency.count === 0) return null;
  if (stat.name === "percentile") return latency.percentile(stat.percentile) / 1000;
  if (stat.name === "med") return latency.percentile(50) / 1000;
  if (stat.name === "avg") return latency.mean / 1000;
  return (stat.name === "min" ? latency.min : latency.max) / 1000;
}

/** `3`, `0.2 %`, `87 ms`, `1900/s`, `never`, `not measured`. */
export function formatThresholdValue(
  kind: MetricKind,
  value: number | null,
  stat?: Threshold["stat"],
): string {
  if (value === null) return "not measured";
  if (value === Infinity) return "never";
  if (kind === "share") return `${Number((value * 100).toPrecision(3))} %`;
  if (kind === "requests") return String(value);
  if (kind === "throughput")
    return stat?.name === "count" ? String(value) : `${value.toFixed(1)}/s`;
  return value < 1000 ? `${Number(value.toPrecision(3))} ms` : `${(value / 1000).toFixed(2)} s`;
}

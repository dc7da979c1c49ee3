/* The metrics that failover and chaos know, for the one grammar in `../../thresholds`. */
import type { LatencyHistogram } from "../../observation/latency-histogram.ts";
import {
  formatThresholdValue,
  judgeReading,
  type MetricReading,
  type ThresholdVerdict as VerdictOf,
} from "../../thresholds/judge-threshold.ts";
import {
  parseThreshold as parse,
  type Threshold as Limit,
} from "../../thresholds/parse-threshold.ts";
import { type MetricKind, type Vocabulary, vocabularyHelp } from "../../thresholds/vocabulary.ts";

/** Every metric that a threshold can name. */
export const metricNames = [
  "failed",
  "failed-get",
  "failed-post",
  "late-failed",
  "lost",
  "doubled",
  "unexplained",
  "unlogged",
  "dropped",
  "retries",
  "status-changes",
  "failover",
  "traffic-ends",
  "last-failure",
  "readmission",
  "first-success",
  "latency",
] as const;

/** One of {@link metricNames}. */
export type Metric = (typeof metricNames)[number];

/** A limit on one metric. */
export type Threshold = Limit<Metric>;

/** Whether a run kept to a threshold. */
export type ThresholdVerdict = VerdictOf<Threshold>;

const metrics: Readonly<Record<Metric, { readonly kind: MetricKind; readonly meaning: string }>> = {
  failed: { kind: "requests", meaning: "no complete response of 2xx or 3xx" },
  "failed-get": { kind: "requests", meaning: "GETs among them" },
  "failed-post": { kind: "requests", meaning: "POSTs among them" },
  "late-failed": {
    kind: "share",
    meaning: "failed share of those due 1s after the fault or later",
  },
  lost: { kind: "requests", meaning: "sent, and never a complete response" },
  doubled: { kind: "requests", meaning: "carried out more often than they should be" },
  unexplained: { kind: "requests", meaning: "answered well, and no backend saw them" },
  unlogged: { kind: "requests", meaning: "answered, and not in the balancer's log" },
  dropped: { kind: "requests", meaning: "due, and not sent: --max-in-flight was reached" },
  retries: { kind: "requests", meaning: "attempts of the balancer beyond the first" },
  "status-changes": { kind: "requests", meaning: "changes of the victims' status" },
  failover: {
    kind: "time",
    meaning: "until the last failure was due and the victims' traffic ended",
  },
  "traffic-ends": { kind: "time", meaning: "until the last request to a victim" },
  "last-failure": { kind: "time", meaning: "until a client last saw a failure" },
  readmission: { kind: "time", meaning: "from the return until every victim has served" },
  "first-success": { kind: "time", meaning: "from the return until anybody has served" },
  latency: { kind: "trend", meaning: "from the moment a request was due; p99<50ms for short" },
};

/** Every number but the latencies. null: nobody could measure it. Infinity: it never happened. */
export type MetricValues = Readonly<Record<Exclude<Metric, "latency">, number | null>> & {
  readonly latency: LatencyHistogram;
  /** What a percentage of a count refers to. */
  readonly sent: number;
};

/** What thresholds of `failover` may name. */
export const failoverVocabulary: Vocabulary = { metrics, scopes: [] };

/** @throws LoadtestError `BAD_OPTION` that says what is wrong and what is valid. */
export function parseThreshold(text: string): Threshold {
  return parse(text, failoverVocabulary) as Threshold;
}

/** The same, for some of the metrics and with words for parts of the run. */
export function vocabularyOf(names: readonly Metric[], scopes: readonly string[]): Vocabulary {
  return { metrics: Object.fromEntries(names.map((name) => [name, metrics[name]])), scopes };
}

/** Compares the run's `values` with a threshold. */
export function judgeThreshold(threshold: Threshold, values: MetricValues): ThresholdVerdict {
  return judgeReading(threshold, readingOf(threshold.metric, values));
}

function readingOf(metric: Metric, values: MetricValues): MetricReading {
  if (metric === "latency") return { kind: "trend", latency: values.latency };
  const value = values[metric];
  const { kind } = metrics[metric];
  if (kind === "time") return { kind, ms: value };
  return kind === "share"
    ? { kind, share: value }
    : { kind: "requests", count: value, of: values.sent };
}

/** `3`, `0.2 %`, `87 ms`, `never`, `not measured`. */
export function formatMetric(metric: Metric, value: number | null): string {
  return formatThresholdValue(metrics[metric].kind, value);
}

/** For the help: a line per metric. */
export function metricHelp(): string {
  return vocabularyHelp(failoverVocabulary);
}

/*
 * `metric op value`, as in `failed<0.1%`, `failover<100ms`, `lost==0`. Pure: text and numbers in, a verdict
 * out. An unknown metric is an error, never a threshold that is always met.
 */
import { nearestName, parseDuration, parsePercent } from "@evenkeel/config";
import { LoadtestError } from "../../errors.ts";

/** What a metric's numbers mean: requests (also as a share of those sent), a share, or milliseconds. */
export type MetricUnit = "requests" | "share" | "time";

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
  "p50",
  "p90",
  "p99",
  "p99.9",
  "max",
] as const;

/** One of {@link metricNames}. */
export type Metric = (typeof metricNames)[number];

const latency = { unit: "time", meaning: "latency, from the moment a request was due" } as const;

const metrics: Readonly<Record<Metric, { readonly unit: MetricUnit; readonly meaning: string }>> = {
  failed: { unit: "requests", meaning: "no complete response of 2xx or 3xx" },
  "failed-get": { unit: "requests", meaning: "GETs among them" },
  "failed-post": { unit: "requests", meaning: "POSTs among them" },
  "late-failed": {
    unit: "share",
    meaning: "failed share of those due 1s after the fault or later",
  },
  lost: { unit: "requests", meaning: "sent, and never a complete response" },
  doubled: { unit: "requests", meaning: "carried out more often than they should be" },
  unexplained: { unit: "requests", meaning: "answered well, and no backend saw them" },
  unlogged: { unit: "requests", meaning: "answered, and not in the balancer's log" },
  dropped: { unit: "requests", meaning: "due, and not sent: --max-in-flight was reached" },
  retries: { unit: "requests", meaning: "attempts of the balancer beyond the first" },
  "status-changes": { unit: "requests", meaning: "changes of the victims' status" },
  failover: {
    unit: "time",
    meaning: "until the last failure was due and the victims' traffic ended",
  },
  "traffic-ends": { unit: "time", meaning: "until the last request to a victim" },
  "last-failure": { unit: "time", meaning: "until a client last saw a failure" },
  readmission: { unit: "time", meaning: "from the return until every victim has served" },
  "first-success": { unit: "time", meaning: "from the return until anybody has served" },
  p50: latency,
  p90: latency,
  p99: latency,
  "p99.9": latency,
  max: latency,
};

/** null: nobody could measure it. Infinity: it never happened. */
export type MetricValues = Readonly<Record<Metric, number | null>> & {
  /** What a percentage of a count refers to. */
  readonly sent: number;
};

type Operator = "<" | "<=" | "==" | ">=" | ">";

const operators: Readonly<Record<Operator, (value: number, limit: number) => boolean>> = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  "==": (value, limit) => value === limit,
  ">=": (value, limit) => value >= limit,
  ">": (value, limit) => value > limit,
};

/** A limit on one metric. */
export interface Threshold {
  /** As it was typed. */
  readonly text: string;
  readonly metric: Metric;
  readonly operator: Operator;
  readonly limit: number;
  /** The limit is a share of the requests sent, where the metric counts requests. */
  readonly isShare: boolean;
}

/** Whether a run kept to a threshold; `unknown` when nobody could measure the metric. */
export interface ThresholdVerdict {
  readonly threshold: Threshold;
  readonly value: number | null;
  readonly verdict: "met" | "not-met" | "unknown";
}

const pattern = /^\s*([a-z][a-z0-9.-]*)\s*(<=|>=|==|<|>)\s*(\S+)\s*$/;

/** @throws LoadtestError `BAD_OPTION` that says what is wrong and what is valid. */
export function parseThreshold(text: string): Threshold {
  const match = pattern.exec(text);
  if (match === null) {
    throw bad(`threshold ${quote(text)} is not metric, operator, value, as in failed<0.1%`);
  }
  const [, name = "", operator = "", value = ""] = match;
  const metric = metricNamed(name);
  const limit = parseLimit(metric, value, text);
  return { text: text.trim(), metric, operator: operator as Operator, ...limit };
}

/** Compares the run's `values` with a threshold. */
export function judgeThreshold(threshold: Threshold, values: MetricValues): ThresholdVerdict {
  const value = values[threshold.metric];
  if (value === null) return { threshold, value, verdict: "unknown" };
  const compared = threshold.isShare && values.sent > 0 ? value / values.sent : value;
  const isMet = operators[threshold.operator](compared, threshold.limit);
  return { threshold, value, verdict: isMet ? "met" : "not-met" };
}

/** `3`, `0.2 %`, `87 ms`, `never`, `not measured`. */
export function formatMetric(metric: Metric, value: number | null): string {
  if (value === null) return "not measured";
  if (value === Infinity) return "never";
  const { unit } = metrics[metric];
  if (unit === "share") return `${Number((value * 100).toPrecision(3))} %`;
  if (unit === "requests") return String(value);
  return value < 1000 ? `${Number(value.toPrecision(3))} ms` : `${(value / 1000).toFixed(2)} s`;
}

function metricNamed(name: string): Metric {
  if (Object.hasOwn(metrics, name)) return name as Metric;
  const nearest = nearestName(name, metricNames);
  const hint =
    nearest === null ? `there are ${metricNames.join(", ")}` : `did you mean ${nearest}?`;
  throw bad(`there is no metric ${quote(name)}; ${hint}`);
}

function parseLimit(
  metric: Metric,
  value: string,
  text: string,
): Pick<Threshold, "limit" | "isShare"> {
  const { unit } = metrics[metric];
  if (unit === "time") {
    const time = parseDuration(value);
    if (!time.ok) throw bad(`threshold ${quote(text)}: ${time.message}`);
    return { limit: time.value, isShare: false };
  }
  const percent = parsePercent(value);
  if (percent.ok) return { limit: percent.value, isShare: unit === "requests" };
  if (unit === "requests" && /^\d+$/.test(value)) return { limit: Number(value), isShare: false };
  const valid =
    unit === "share" ? "a percentage like 2%" : "a count like 0 or a percentage like 1%";
  throw bad(`threshold ${quote(text)}: ${metric} needs ${valid}`);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}

/** For the help: a line per metric. */
export function metricHelp(): string {
  return metricNames.map((name) => `  ${name.padEnd(15)} ${metrics[name].meaning}`).join("\n");
}

import {
  judgeThreshold,
  type Metric,
  metricNames,
  type MetricValues,
  parseThreshold,
  type Threshold,
} from "../failover/judge/thresholds.ts";
import { LoadtestError } from "../errors.ts";
import type { ChaosWindow, WindowTally } from "./chaos-windows.ts";

/**
 * Which windows a threshold is for: `during` those with a fault, `calm` those without, `each` of them all,
 * `run` for the run as a whole.
 */
export const scopes = ["run", "each", "during", "calm"] as const;

/** One of {@link scopes}. */
export type Scope = (typeof scopes)[number];

/** A limit on one metric, in some windows. */
export interface ScopedThreshold {
  /** As it was typed. */
  readonly text: string;
  readonly scope: Scope;
  readonly threshold: Threshold;
}

/** Where a threshold was not kept. */
export interface ScopedVerdict {
  readonly scoped: ScopedThreshold;
  readonly verdict: "met" | "not-met" | "unknown";
  /** The first window that missed it, and its value; undefined for the run as a whole, or where all met it. */
  readonly window: ChaosWindow | undefined;
  readonly value: number | null;
}

/** The metrics that a window has. */
const windowMetrics: readonly Metric[] = [
  "failed",
  "failed-get",
  "failed-post",
  "lost",
  "doubled",
  "dropped",
  "p50",
  "p90",
  "p99",
  "p99.9",
  "max",
];

/**
 * Reads `failed<1%`, or with a scope in front `during: failed<5%`.
 *
 * @throws LoadtestError `BAD_OPTION`, also for a metric that chaos does not have.
 */
export function parseScopedThreshold(text: string): ScopedThreshold {
  const match = /^\s*([a-z]+)\s*:\s*(.*)$/s.exec(text);
  const [, name = "run", rest = text] = match ?? [];
  const scope = scopes.find((candidate) => candidate === name);
  if (scope === undefined) {
    const valid = scopes.join(", ");
    throw bad(`threshold ${JSON.stringify(text)}: ${JSON.stringify(name)} is none of ${valid}`);
  }
  const threshold = parseThreshold(rest);
  if (windowMetrics.includes(threshold.metric)) return { text: text.trim(), scope, threshold };
  const valid = windowMetrics.join(", ");
  throw bad(`threshold ${JSON.stringify(text)}: chaos has the metrics ${valid}`);
}

/** Judges one threshold over the windows that it is for. */
export function judgeScoped(
  scoped: ScopedThreshold,
  windows: readonly ChaosWindow[],
  whole: WindowTally,
): ScopedVerdict {
  if (scoped.scope === "run") {
    const { verdict, value } = judgeThreshold(scoped.threshold, valuesOf(whole));
    return { scoped, verdict, window: undefined, value };
  }
  for (const window of windows.filter(({ broken }) => isIn(scoped.scope, broken))) {
    const { verdict, value } = judgeThreshold(scoped.threshold, valuesOf(window.counts));
    if (verdict !== "met") return { scoped, verdict, window, value };
  }
  return { scoped, verdict: "met", window: undefined, value: null };
}

function isIn(scope: Scope, broken: readonly string[]): boolean {
  if (scope === "during") return broken.length > 0;
  return scope === "calm" ? broken.length === 0 : true;
}

function valuesOf(counts: WindowTally): MetricValues {
  const { latency } = counts;
  const at = (percentile: number): number | null =>
    latency.count === 0 ? null : latency.percentile(percentile) / 1000;
  const nothing = Object.fromEntries(metricNames.map((name) => [name, null]));
  return {
    ...(nothing as Record<Metric, null>),
    sent: counts.sent,
    failed: counts.failed,
    "failed-get": counts.failedGet,
    "failed-post": counts.failedPost,
    lost: counts.lost,
    doubled: counts.doubled,
    dropped: counts.dropped,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    "p99.9": at(99.9),
    max: latency.count === 0 ? null : latency.max / 1000,
  };
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}

import {
  judgeThreshold,
  type Metric,
  metricNames,
  type MetricValues,
  type Threshold,
  vocabularyOf,
} from "../failover/judge/thresholds.ts";
import { parseThreshold } from "../thresholds/parse-threshold.ts";
import type { Vocabulary } from "../thresholds/vocabulary.ts";
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
  "latency",
];

/** What thresholds of `chaos` may name. */
export const chaosVocabulary: Vocabulary = vocabularyOf(windowMetrics, scopes);

/**
 * Reads `failed<1%`, or with a scope in front `during: failed<5%`.
 *
 * @throws LoadtestError `BAD_OPTION`, also for a metric that chaos does not have.
 */
export function parseScopedThreshold(text: string): ScopedThreshold {
  const threshold = parseThreshold(text, chaosVocabulary) as Threshold;
  const scope = scopes.find((candidate) => candidate === threshold.scope) ?? "run";
  return { text: threshold.text, scope, threshold };
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
  const nothing = Object.fromEntries(metricNames.map((name) => [name, null]));
  return {
    ...(nothing as Record<Exclude<Metric, "latency">, null>),
    sent: counts.sent,
    failed: counts.failed,
    "failed-get": counts.failedGet,
    "failed-post": counts.failedPost,
    lost: counts.lost,
    doubled: counts.doubled,
    dropped: counts.dropped,
    latency: counts.latency,
  };
}

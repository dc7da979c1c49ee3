/**
 * What a metric's numbers are.
 *
 * - `requests`: a count; as a rate, its share of the requests sent
 * - `share`: a fraction
 * - `time`: one duration
 * - `trend`: many durations, of which percentiles and the like are asked
 * - `throughput`: a count; as a rate, how many per second
 */
export type MetricKind = "requests" | "share" | "time" | "trend" | "throughput";

/** One metric that a threshold can name. */
export interface MetricDefinition {
  readonly kind: MetricKind;
  /** One line for the help. */
  readonly meaning: string;
  /** The one tag that narrows it, as in `backend{name=b2}`. */
  readonly tag?: string;
}

/** The words that thresholds of one command may use. */
export interface Vocabulary {
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
  /** Words that may stand in front of the metric: which part of the run it is for. */
  readonly scopes: readonly string[];
}

/** A number asked of a metric: a percentile from 0 to 100, or one of the named ones. */
export type Stat =
  | { readonly name: "count" | "rate" | "value" | "avg" | "min" | "med" | "max" }
  | { readonly name: "percentile"; readonly percentile: number };

/** The stats of each kind, as they are typed; the first is what a threshold without a stat means. */
export const statsOfKind: Readonly<Record<MetricKind, readonly string[]>> = {
  requests: ["count", "rate", "share"],
  share: ["rate"],
  time: ["value", "max"],
  trend: ["p(N)", "avg", "min", "med", "max"],
  throughput: ["rate", "count"],
};

/** Names from before there were stats: `p99<50ms` is `latency: p(99)<50ms`. */
export const latencyAliases: Readonly<Record<string, Stat>> = {
  p50: { name: "percentile", percentile: 50 },
  p90: { name: "percentile", percentile: 90 },
  p99: { name: "percentile", percentile: 99 },
  "p99.9": { name: "percentile", percentile: 99.9 },
  max: { name: "max" },
};

/** For a command's help: a line per metric, with what can be asked of it. */
export function vocabularyHelp({ metrics }: Vocabulary): string {
  return Object.entries(metrics)
    .map(([name, { kind, meaning, tag }]) => {
      const shown = tag === undefined ? name : `${name}{${tag}=…}`;
      return `  ${shown.padEnd(16)} ${meaning} (${statsOfKind[kind].join(" ")})`;
    })
    .join("\n");
}

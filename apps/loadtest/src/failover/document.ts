import { type HistogramSnapshot, LatencyHistogram } from "../observation/latency-histogram.ts";
import type { WindowCounts } from "../observation/window-counters.ts";
import { withoutPassword } from "../engine/plan.ts";
import type { ComparedTime } from "./judge/compare-with-prediction.ts";
import type { FailoverMeasurement } from "./judge/measure.ts";
import type { ThresholdVerdict } from "./judge/thresholds.ts";
import type { DoubledRequest, Reconciliation } from "./ledgers/reconcile.ts";
import { variantName } from "./failover-plan.ts";
import { failureReasons } from "./report.ts";
import type { FailoverRun } from "./run-failover.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const failoverSchema = "evenkeel.loadtest.failover/1";

/** How many ids of a kind are listed. */
const mostIds = 20;

/** The document that `--json` prints: times in milliseconds, `null` for what is not known or never was. */
export interface FailoverDocument {
  readonly schema: typeof failoverSchema;
  readonly pass: boolean;
  /** The generator could not keep its schedule in one of the runs. */
  readonly invalid: boolean;
  /** Interrupted: counts are right as far as they go. */
  readonly partial: boolean;
  readonly runs: readonly FailoverRunDocument[];
}

/** One fault. */
export interface FailoverRunDocument {
  readonly fault: string;
  /** `as configured`, or what a comparison switched off; then nothing is judged. */
  readonly balancer: string;
  readonly target: string;
  readonly pass: boolean;
  readonly reasons: readonly string[];
  readonly invalid: readonly string[];
  readonly partial: boolean;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly plan: {
    readonly ratePerSecond: number;
    readonly arrivals: string;
    readonly postShare: number;
    readonly seed: number;
  };
  /** Milliseconds since the start. */
  readonly span: {
    readonly faultAtMs: number;
    readonly returnAtMs: number | null;
    readonly victims: readonly string[];
  };
  readonly compared: readonly ComparedTime[];
  readonly promises: readonly ThresholdDocument[];
  readonly thresholds: readonly ThresholdDocument[];
  readonly counts: CountsDocument;
  readonly times: FailoverMeasurement;
  /** From when a request was due; the headline. */
  readonly latency: LatencyDocument;
  /** From when it was really sent. */
  readonly service: LatencyDocument;
  /** From due to sent. */
  readonly lag: LatencyDocument;
  readonly generatorUtilization: number;
  /** 100 ms each. */
  readonly windows: readonly WindowCounts[];
}

/** One threshold. */
export interface ThresholdDocument {
  readonly threshold: string;
  readonly value: number | null;
  readonly verdict: ThresholdVerdict["verdict"];
}

/** `sent = succeeded + errorResponses + lost + aborted`; of each list of ids the first 20. */
export interface CountsDocument extends Pick<
  Reconciliation,
  | "due"
  | "dropped"
  | "sent"
  | "succeeded"
  | "errorResponses"
  | "aborted"
  | "unsuccessful"
  | "retries"
  | "retried"
  | "entries"
> {
  readonly kinds: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly lostIds: readonly string[];
  readonly doubled: number | null;
  readonly doubledRequests: readonly DoubledRequest[];
  readonly unexplained: number | null;
  readonly unexplainedIds: readonly string[];
  readonly unlogged: number | null;
  readonly unloggedIds: readonly string[];
}

/** Milliseconds; null where there was nothing to measure. */
export interface LatencyDocument {
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** All runs of a command. */
export function failoverDocument(runs: readonly FailoverRun[]): FailoverDocument {
  return {
    schema: failoverSchema,
    pass: runs.every(({ pass }) => pass),
    invalid: runs.some(({ invalid }) => invalid.length > 0),
    partial: runs.some(({ isPartial }) => isPartial),
    runs: runs.map(runDocument),
  };
}

function runDocument(run: FailoverRun): FailoverRunDocument {
  const { plan, span, load } = run;
  const { ratePerSecond, arrivals, postShare, seed } = plan.load;
  return {
    fault: plan.fault.name,
    balancer: variantName(plan),
    target: withoutPassword(run.url),
    pass: run.pass,
    reasons: failureReasons(run),
    invalid: run.invalid,
    partial: run.isPartial,
    startedAt: new Date(load.startedAtWallMs).toISOString(),
    durationMs: load.durationMs,
    plan: { ratePerSecond, arrivals, postShare, seed },
    span: { ...span, returnAtMs: span.returnAtMs ?? null },
    compared: run.compared,
    promises: run.promises.map(thresholdDocument),
    thresholds: run.thresholds.map(thresholdDocument),
    counts: countsDocument(run.counts),
    times: run.times,
    latency: latencyDocument(load.latencyUs),
    service: latencyDocument(load.serviceUs),
    lag: latencyDocument(load.lagUs),
    generatorUtilization: load.generatorUtilization,
    windows: load.windows,
  };
}

/** Infinity, "it never happened", has no form in JSON. */
export function thresholdDocument({
  threshold,
  value,
  verdict,
}: ThresholdVerdict): ThresholdDocument {
  return { threshold: threshold.text, value: value === Infinity ? null : value, verdict };
}

/** The reconciliation, with its lists cut. */
export function countsDocument(counts: Reconciliation): CountsDocument {
  const { kinds, lost, doubled, unexplained, unlogged, ...numbers } = counts;
  return {
    ...numbers,
    kinds: Object.fromEntries(kinds),
    lost: lost.length,
    lostIds: lost.slice(0, mostIds),
    doubled: doubled?.length ?? null,
    doubledRequests: doubled?.slice(0, mostIds) ?? [],
    unexplained: unexplained?.length ?? null,
    unexplainedIds: unexplained?.slice(0, mostIds) ?? [],
    unlogged: unlogged?.length ?? null,
    unloggedIds: unlogged?.slice(0, mostIds) ?? [],
  };
}

/** The usual percentiles of a histogram of microseconds. */
export function latencyDocument(snapshot: HistogramSnapshot): LatencyDocument {
  const histogram = new LatencyHistogram(snapshot);
  const ms = (us: number): number | null => (histogram.count === 0 ? null : us / 1000);
  return {
    count: histogram.count,
    mean: ms(histogram.mean),
    p50: ms(histogram.percentile(50)),
    p90: ms(histogram.percentile(90)),
    p99: ms(histogram.percentile(99)),
    p999: ms(histogram.percentile(99.9)),
    max: ms(histogram.max),
  };
}

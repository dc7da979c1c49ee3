import type { Verdict } from "@evenkeel/oracles";
import { withoutPassword } from "../engine/plan.ts";
import { errorCount, failedResponseCount, type Observation } from "../observation/observation.ts";
import type { BackendVerdictKind, DistributionVerdict } from "./check-distribution.ts";
import { saturatedUtilization } from "../observation/warnings.ts";
import type { DistributionResult } from "./run-distribution.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const distributionSchema = "evenkeel.loadtest.distribution/1";

/** A distribution check's result as JSON: shares and rates are fractions, `null` is "none" or "no limit". */
export interface DistributionDocument {
  readonly schema: typeof distributionSchema;
  readonly target: string;
  readonly startedAt: string;
  readonly pass: boolean;
  /** Interrupted: counts are right as far as they go. */
  readonly partial: boolean;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly plan: {
    readonly method: string;
    /** Names only: values may be secret. */
    readonly headers: readonly string[];
    readonly requests: number | null;
    readonly durationMs: number | null;
    readonly connections: number;
    readonly warmupRequests: number;
    readonly timeoutMs: number;
    readonly backendHeader: string;
    readonly strategy: string | null;
    readonly workers: number;
    readonly tolerance: number;
    readonly weights: Readonly<Record<string, number>> | null;
    readonly expectBackends: number | null;
  };
  /** `sent = responses + errors + aborted` */
  readonly totals: {
    readonly sent: number;
    readonly responses: number;
    readonly errors: number;
    readonly aborted: number;
    /** Responses outside 2xx and 3xx. */
    readonly failed: number;
    readonly attributed: number;
    readonly unattributed: number;
  };
  readonly backends: readonly {
    readonly name: string;
    readonly requests: number;
    readonly share: number;
    readonly expectedShare: number;
    readonly deviation: number | null;
    readonly verdict: BackendVerdictKind;
    /** The fewest and most requests that keep the strategy's promise; `null` without a strategy. */
    readonly least: number | null;
    readonly most: number | null;
  }[];
  /** What the strategy promised; `null` without a strategy, or when nobody answered. */
  readonly judgement: {
    /** On the counts alone: lost requests and the like are in `pass` and `reasons`. */
    readonly verdict: Verdict;
    readonly promise: string;
    /** Where chance plays a part and there were requests enough. */
    readonly pValue: number | null;
    /** The chance that this run shows a skew of the tolerance. */
    readonly power: number | null;
    /** The fewest requests that show it; `null` when no number does. */
    readonly requestsNeeded: number | null;
  } | null;
  readonly spread: DistributionVerdict["spread"];
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: Observation["errors"];
  readonly errorCodes: Readonly<Record<string, number>>;
  readonly latency: {
    /** Service times: coordinated omission is not corrected. */
    readonly model: "closed-loop";
    readonly unit: "ms";
    readonly count: number;
    readonly min: number | null;
    readonly mean: number | null;
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p99: number | null;
    readonly max: number | null;
  };
  readonly durationMs: number;
  readonly responsesPerSecond: number;
  readonly generator: { readonly utilization: number; readonly saturated: boolean };
}

/** The document that `--json` prints. */
export function distributionDocument(result: DistributionResult): DistributionDocument {
  const { observation, verdict, plan } = result;
  return {
    schema: distributionSchema,
    target: withoutPassword(plan.url),
    startedAt: observation.startedAt,
    pass: verdict.pass,
    partial: result.isPartial,
    reasons: verdict.reasons,
    notes: result.notes,
    warnings: result.warnings,
    plan: planPart(result),
    totals: totalsPart(observation, verdict),
    backends: verdict.backends.map(({ range, ...backend }) => ({
      ...backend,
      deviation: backend.deviation ?? null,
      least: range?.least ?? null,
      most: range?.most ?? null,
    })),
    judgement: judgementPart(verdict),
    spread: verdict.spread,
    statuses: record(observation.statuses),
    errors: observation.errors,
    errorCodes: record(observation.errorCodes),
    latency: latencyPart(observation),
    durationMs: observation.durationMs,
    responsesPerSecond: observation.responses / (observation.durationMs / 1000 || 1),
    generator: {
      utilization: observation.generatorUtilization,
      saturated: observation.generatorUtilization > saturatedUtilization,
    },
  };
}

function planPart({
  plan,
  expectation,
  strategy,
  workers,
}: DistributionResult): DistributionDocument["plan"] {
  return {
    method: plan.method,
    headers: Object.keys(plan.headers),
    requests: plan.requests ?? null,
    durationMs: plan.durationMs ?? null,
    connections: plan.connections,
    warmupRequests: plan.warmupRequests,
    timeoutMs: plan.timeoutMs,
    backendHeader: plan.backendHeader,
    strategy: strategy ?? null,
    workers,
    tolerance: expectation.tolerance,
    weights: expectation.weights === undefined ? null : record(expectation.weights),
    expectBackends: expectation.expectBackends ?? null,
  };
}

function judgementPart({ judgement }: DistributionVerdict): DistributionDocument["judgement"] {
  if (judgement === undefined) return null;
  const { verdict, promise, pValue, power, requestsNeeded } = judgement;
  return {
    verdict,
    promise,
    pValue: pValue ?? null,
    power: power ?? null,
    requestsNeeded: Number.isFinite(requestsNeeded) ? requestsNeeded : null,
  };
}

function totalsPart(
  observation: Observation,
  { attributed, unattributed }: DistributionVerdict,
): DistributionDocument["totals"] {
  return {
    sent: observation.sent,
    responses: observation.responses,
    errors: errorCount(observation),
    aborted: observation.aborted,
    failed: failedResponseCount(observation),
    attributed,
    unattributed,
  };
}

function latencyPart({ latenciesUs: us, responses }: Observation): DistributionDocument["latency"] {
  const ms = (value: number): number | null => (responses === 0 ? null : value / 1000);
  return {
    model: "closed-loop",
    unit: "ms",
    count: responses,
    min: ms(us.min),
    mean: ms(us.mean),
    p50: ms(us.percentile(50)),
    p90: ms(us.percentile(90)),
    p99: ms(us.percentile(99)),
    max: ms(us.max),
  };
}

function record(counts: ReadonlyMap<string | number, number>): Record<string, number> {
  return Object.fromEntries([...counts].map(([key, count]) => [String(key), count]));
}

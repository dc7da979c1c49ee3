import type { OpenLoopResult } from "../../engine/open-loop-messages.ts";
import { scheduleBreaches } from "../../observation/schedule.ts";
import type { FailoverPlan } from "../failover-plan.ts";
import type { FaultKind } from "../faults/fault-kind.ts";
import { type Reconciliation, reconcile } from "../ledgers/reconcile.ts";
import type { DetectionSettings } from "../predict/detection-settings.ts";
import type { FailoverPrediction } from "../predict/predict-failover.ts";
import { compareWithPrediction, type ComparedTime } from "./compare-with-prediction.ts";
import {
  type FailoverMeasurement,
  type FaultSpan,
  measureFailover,
  type RunRecords,
} from "./measure.ts";
import { metricValues } from "./metric-values.ts";
import {
  judgeThreshold,
  type MetricValues,
  parseThreshold,
  type ThresholdVerdict,
} from "./thresholds.ts";

/** What a run means. */
export interface FailoverVerdict {
  readonly counts: Reconciliation;
  readonly times: FailoverMeasurement;
  readonly metrics: MetricValues;
  /** Predicted beside measured. */
  readonly compared: readonly ComparedTime[];
  /** What the fault promises by itself. */
  readonly promises: readonly ThresholdVerdict[];
  /** What the user asked for. */
  readonly thresholds: readonly ThresholdVerdict[];
  /** Why the generator itself spoiled the run; empty when it did not. */
  readonly invalid: readonly string[];
  /** No promise broken, no bound exceeded, no threshold missed. */
  readonly pass: boolean;
}

/** Everything that is known when a run is over. */
export interface FinishedRun {
  readonly plan: FailoverPlan;
  readonly prediction: FailoverPrediction | undefined;
  readonly span: FaultSpan;
  readonly load: OpenLoopResult;
  readonly records: RunRecords;
  readonly settings: DetectionSettings | undefined;
}

/** Pure: reads the ledgers, and nothing else. */
export function judgeFailover(run: FinishedRun): FailoverVerdict {
  const { plan, prediction, span, load, records } = run;
  const isJudged = plan.without.length === 0;
  const counts = reconcile(records);
  const times = measureFailover(records, span);
  const values = metricValues(load, counts, times);
  const { faultAtMs, returnAtMs } = span;
  const compared = compareWithPrediction({
    prediction: isJudged ? prediction : undefined,
    measurement: times,
    hasEvents: records.events !== undefined,
    quietMs: records.quietMs,
    faultMs: (returnAtMs ?? load.durationMs) - faultAtMs,
    afterReturnMs: returnAtMs === undefined ? undefined : load.durationMs - returnAtMs,
  });
  const promises = isJudged ? judgePromises(plan.fault, run, values) : [];
  const limits = isJudged ? plan.thresholds : [];
  const thresholds = limits.map((threshold) => judgeThreshold(threshold, values));
  return {
    counts,
    times,
    metrics: values,
    compared,
    promises,
    thresholds,
    invalid: scheduleBreaches(load),
    pass:
      compared.every(({ verdict }) => verdict !== "fail") &&
      promises.every(({ verdict }) => verdict !== "not-met") &&
      // A limit that nobody could check was not kept.
      thresholds.every(({ verdict }) => verdict === "met"),
  };
}

function judgePromises(
  fault: FaultKind,
  { settings, prediction }: FinishedRun,
  values: MetricValues,
): ThresholdVerdict[] {
  const facts = {
    retries: settings !== undefined && settings.maxRetries > 0,
    detects: prediction !== undefined && prediction.trafficEnds !== null,
  };
  return fault.promises(facts).map((text) => judgeThreshold(parseThreshold(text), values));
}

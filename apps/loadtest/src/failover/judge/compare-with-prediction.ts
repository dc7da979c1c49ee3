import type { Bound, FailoverPrediction } from "../predict/predict-failover.ts";
import type { FailoverMeasurement } from "./measure.ts";

/** One row of "predicted beside measured". */
export interface ComparedTime {
  readonly what: string;
  /** null: the configuration sets no bound, or nobody knows the configuration. */
  readonly predicted: Bound | null;
  /** null: it never happened, or could not be seen. */
  readonly measuredMs: number | null;
  /** `not-judged` where there is no bound, or the run was too short to tell. */
  readonly verdict: "pass" | "fail" | "not-judged";
  /** Why it is not judged, failed without a number, or passed with one above its bound. */
  readonly note: string;
}

/** What a comparison has to know about the run. */
export interface ComparedRun {
  readonly prediction: FailoverPrediction | undefined;
  readonly measurement: FailoverMeasurement;
  /** The balancer says when the status of a backend changes. */
  readonly hasEvents: boolean;
  /** How long the victims were ill. */
  readonly faultMs: number;
  /** How long a pause in the victims' traffic must be to be its end. */
  readonly quietMs: number;
  /** How long the load went on after they returned; undefined: they did not. */
  readonly afterReturnMs: number | undefined;
}

/**
 * A bound is about the balancer; timers of three processes and the gap between two requests come on top.
 * Fifty milliseconds is far below every bound that a configuration makes, and above what a busy machine adds.
 */
export const measurementSlackMs = 50;

/** Judges each time against its bound. */
export function compareWithPrediction(run: ComparedRun): ComparedTime[] {
  const { prediction, measurement } = run;
  const { lastFailure } = measurement;
  const ejected = compare(
    run,
    "traffic ejects it",
    prediction?.passiveEjection,
    measurement.ejectedAfterMs,
  );
  return [
    withoutEvents(
      run,
      compare(run, "checks notice", prediction?.activeDetection, measurement.unhealthyAfterMs),
    ),
    withoutEvents(run, unlessChecksWereFirst(ejected, measurement)),
    compare(
      { ...run, faultMs: run.faultMs - run.quietMs },
      "its traffic ends",
      prediction?.trafficEnds,
      measurement.trafficEndedAfterMs,
    ),
    compare(run, "last failed request", prediction?.lastFailure, lastFailure?.knownAfterMs ?? 0),
    compareReadmission(run),
  ];
}

function compare(
  { faultMs }: ComparedRun,
  what: string,
  bound: Bound | null | undefined,
  measuredMs: number | null,
): ComparedTime {
  const predicted = bound ?? null;
  const row = { what, predicted, measuredMs };
  if (predicted === null) return { ...row, verdict: "not-judged", note: "no bound" };
  if (measuredMs !== null) return { ...row, ...within(measuredMs, predicted) };
  if (faultMs < predicted.ms + measurementSlackMs) {
    return { ...row, verdict: "not-judged", note: "the fault ended first" };
  }
  return { ...row, verdict: "fail", note: "it never did" };
}

function within(measuredMs: number, bound: Bound): Pick<ComparedTime, "verdict" | "note"> {
  if (measuredMs <= bound.ms) return { verdict: "pass", note: "" };
  if (measuredMs > bound.ms + measurementSlackMs) return { verdict: "fail", note: "" };
  return { verdict: "pass", note: `with ${measurementSlackMs} ms for timers` };
}

function withoutEvents({ hasEvents }: ComparedRun, row: ComparedTime): ComparedTime {
  return hasEvents ? row : { ...row, verdict: "not-judged", note: "the balancer does not say" };
}

/** A backend that checks have taken out is not ejected as well. */
function unlessChecksWereFirst(
  row: ComparedTime,
  { unhealthyAfterMs }: FailoverMeasurement,
): ComparedTime {
  if (row.measuredMs !== null || row.predicted === null || unhealthyAfterMs === null) return row;
  if (unhealthyAfterMs > row.predicted.ms + measurementSlackMs) return row;
  return { ...row, verdict: "not-judged", note: "the checks were first" };
}

function compareReadmission(run: ComparedRun): ComparedTime {
  const { afterReturnMs = 0, measurement, prediction } = run;
  const row = compare(
    { ...run, faultMs: afterReturnMs },
    "back in after its return",
    prediction?.readmission,
    measurement.readmittedAfterMs,
  );
  if (run.afterReturnMs === undefined) {
    return { ...row, verdict: "not-judged", note: "it did not return" };
  }
  return row.note === "the fault ended first" ? { ...row, note: "the run ended first" } : row;
}

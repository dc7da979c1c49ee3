import { withoutPassword } from "../engine/plan.ts";
import { errorCount, failedResponseCount } from "../observation/observation.ts";
import type { ReportContext } from "../report/report-context.ts";
import { latencyFigures } from "../report/open-loop-parts.ts";
import {
  type ReportBackend,
  type ReportCheck,
  type ReportDocument,
  type ReportFigure,
  type ReportRun,
  reportSchemaName,
} from "../report/report-document.ts";
import { latencyOf, reportSeries } from "../report/report-series.ts";
import { reportLatency } from "../report/sparse-counts.ts";
import type { BackendVerdict } from "./check-distribution.ts";
import { successText } from "./report.ts";
import type { DistributionResult } from "./run-distribution.ts";

/** A distribution check as everybody shows it. */
export function distributionReport(
  result: DistributionResult,
  context: ReportContext,
): ReportDocument {
  const { plan, observation, strategy } = result;
  const target = withoutPassword(plan.url);
  const run = runPart(result);
  return {
    schema: reportSchemaName,
    kind: "distribution",
    title: `Distribution of ${plan.method} ${target}${strategy === undefined ? "" : `, ${strategy}`}`,
    target,
    ...context,
    startedAt: observation.startedAt,
    durationMs: observation.durationMs,
    verdict: run.verdict,
    partial: result.isPartial,
    notes: [
      ...result.notes,
      "closed loop: latencies are service times; a stall holds the next request back instead of showing here",
    ],
    warnings: result.warnings,
    runs: [run],
    curves: [],
    tables: [],
  };
}

function runPart(result: DistributionResult): ReportRun {
  const { observation, verdict, isPartial } = result;
  return {
    title: "",
    startedAt: observation.startedAt,
    durationMs: observation.durationMs,
    verdict: verdict.pass
      ? { kind: "pass", reasons: [successText(result)] }
      : { kind: "fail", reasons: verdict.reasons },
    partial: isPartial,
    thresholds: [],
    checks: checksOf(result),
    figures: figuresOf(result),
    series: reportSeries(observation.series),
    latency: reportLatency(latencyOf(observation.series).snapshot(), "sent"),
    serviceTime: null,
    backends: verdict.backends.map((backend) => backendPart(backend, result)),
    statuses: Object.fromEntries(observation.statuses),
    errors: observation.errors,
    faults: [],
    ledger: null,
    tables: [],
  };
}

function checksOf({ verdict: { judgement }, expectation }: DistributionResult): ReportCheck[] {
  if (judgement === undefined) return [];
  const { promise, pValue, power, verdict } = judgement;
  const measured = [
    ...(pValue === undefined ? [] : [`p = ${pValue.toPrecision(3)}`]),
    ...(power === undefined ? [] : [`power ${power.toFixed(3)}`]),
  ];
  return [
    {
      what: "strategy's promise",
      expected: promise,
      measured: measured.join(", "),
      verdict: verdict === "too-few-requests" ? "not-judged" : verdict,
      note:
        verdict === "too-few-requests"
          ? "too few requests to tell"
          : `a skew of ${expectation.tolerance * 100} % must show`,
    },
  ];
}

function figuresOf({ observation, verdict }: DistributionResult): ReportFigure[] {
  return [
    { name: "requests sent", value: observation.sent, unit: "count" },
    { name: "responses", value: observation.responses, unit: "count" },
    { name: "failed responses", value: failedResponseCount(observation), unit: "count" },
    { name: "errors", value: errorCount(observation), unit: "count" },
    {
      name: "response rate",
      value: observation.responses / (observation.durationMs / 1000 || 1),
      unit: "perSecond",
    },
    { name: "spread (max − min)", value: verdict.spread.difference, unit: "count" },
    ...latencyFigures(latencyOf(observation.series)),
    { name: "generator busy", value: observation.generatorUtilization, unit: "share" },
  ];
}

/** What keeps the promise: the strategy's own range, or the tolerance around the expected share. */
function backendPart(
  { name, requests, share, expectedShare, verdict, range }: BackendVerdict,
  { expectation: { tolerance }, verdict: { attributed } }: DistributionResult,
): ReportBackend {
  const isExpected = verdict !== "unexpected";
  return {
    name,
    requests,
    share,
    expectedShare: isExpected ? expectedShare : null,
    leastShare:
      range === undefined ? expectedShare * (1 - tolerance) : range.least / (attributed || 1),
    mostShare:
      range === undefined ? expectedShare * (1 + tolerance) : range.most / (attributed || 1),
    verdict: verdict === "within" ? "within" : "outside",
    note: verdict === "within" || verdict === "outside" ? "" : verdict,
  };
}

import { withoutPassword } from "../engine/plan.ts";
import { formatTime } from "../print/format.ts";
import { ledgerPart, openLoopFigures, openLoopParts } from "../report/open-loop-parts.ts";
import type { ReportContext } from "../report/report-context.ts";
import {
  type ReportCheck,
  type ReportDocument,
  type ReportRun,
  reportSchemaName,
  type ReportTable,
  type ReportThreshold,
  type ReportVerdict,
} from "../report/report-document.ts";
import { variantName } from "./failover-plan.ts";
import type { ComparedTime } from "./judge/compare-with-prediction.ts";
import { formatMetric, type ThresholdVerdict } from "./judge/thresholds.ts";
import { failureReasons } from "./report.ts";
import type { FailoverRun } from "./run-failover.ts";

/** All faults of one command as everybody shows them; `runs` are one at least. */
export function failoverReport(
  runs: readonly FailoverRun[],
  context: ReportContext,
): ReportDocument {
  const [first] = runs;
  if (first === undefined) throw new Error("a failover report needs a run");
  const parts = runs.map((run) => runPart(run, runs.length > 1));
  return {
    schema: reportSchemaName,
    kind: "failover",
    title: runs.length === 1 ? `Failover: ${titleOf(first)}` : `Failover: ${runs.length} runs`,
    target: withoutPassword(first.url),
    ...context,
    startedAt: new Date(first.load.startedAtWallMs).toISOString(),
    durationMs: runs.reduce((sum, { load }) => sum + load.durationMs, 0),
    verdict: verdictOfAll(parts),
    partial: runs.some(({ isPartial }) => isPartial),
    notes: [],
    warnings: [],
    runs: parts,
    curves: [],
    tables: runs.length === 1 ? [] : [summaryTable(runs)],
  };
}

/** The worst of them; a comparison without protection judges nothing. */
function verdictOfAll(parts: readonly ReportRun[]): ReportVerdict {
  const [single] = parts;
  if (parts.length === 1 && single !== undefined) return single.verdict;
  const worst = (["fail", "invalid", "pass"] as const).find((kind) =>
    parts.some(({ verdict }) => verdict.kind === kind),
  );
  const reasons = parts
    .filter(({ verdict }) => verdict.kind === worst)
    .flatMap(({ title, verdict }) => verdict.reasons.map((reason) => `${title}: ${reason}`));
  return { kind: worst ?? "not-judged", reasons };
}

function titleOf({ plan, span }: FailoverRun): string {
  const variant = plan.without.length === 0 ? "" : `, ${variantName(plan)}`;
  return `${plan.fault.name} of ${span.victims.join(", ")}${variant}`;
}

function runPart(run: FailoverRun, isOneOfMany: boolean): ReportRun {
  const { span, load, counts, isPartial } = run;
  return {
    title: isOneOfMany ? titleOf(run) : "",
    ...openLoopParts(load),
    verdict: verdictOf(run),
    partial: isPartial,
    thresholds: [
      ...run.promises.map((verdict) => thresholdPart(verdict, "promise: ")),
      ...run.thresholds.map((verdict) => thresholdPart(verdict, "")),
    ],
    checks: run.compared.map(checkPart),
    figures: openLoopFigures(load, counts),
    faults: [
      {
        fromMs: span.faultAtMs,
        toMs: span.returnAtMs ?? null,
        label: run.plan.fault.name,
        backends: span.victims,
      },
    ],
    ledger: ledgerPart(counts),
    tables: [],
  };
}

function verdictOf(run: FailoverRun): ReportVerdict {
  const reasons = failureReasons(run);
  if (reasons.length > 0) return { kind: "fail", reasons };
  if (run.plan.without.length > 0) {
    return { kind: "not-judged", reasons: [`${variantName(run.plan)}: for comparison`] };
  }
  if (run.invalid.length > 0) return { kind: "invalid", reasons: run.invalid };
  return { kind: "pass", reasons: ["every bound, promise and threshold is kept"] };
}

/** One threshold and what it was compared with. */
export function thresholdPart(
  { threshold, value, verdict }: ThresholdVerdict,
  prefix: string,
): ReportThreshold {
  return {
    text: `${prefix}${threshold.text}`,
    value: formatMetric(threshold.metric, value),
    verdict,
  };
}

function checkPart({ what, predicted, measuredMs, verdict, note }: ComparedTime): ReportCheck {
  return {
    what: `after the fault: ${what}`,
    expected: predicted === null ? "" : `≤ ${formatTime(predicted.ms)}`,
    measured: measuredMs === null ? "" : formatTime(measuredMs),
    verdict,
    note:
      verdict === "pass"
        ? [predicted?.because ?? "", note].filter((text) => text !== "").join(", ")
        : note || (predicted?.because ?? ""),
  };
}

function summaryTable(runs: readonly FailoverRun[]): ReportTable {
  return {
    title: "All runs",
    columns: [
      { heading: "fault", unit: "text" },
      { heading: "balancer", unit: "text" },
      { heading: "sent", unit: "count" },
      { heading: "failed", unit: "count" },
      { heading: "lost", unit: "count" },
      { heading: "doubled", unit: "count" },
      { heading: "retries", unit: "count" },
      { heading: "traffic ends", unit: "ms" },
      { heading: "last failure", unit: "ms" },
      { heading: "back in", unit: "ms" },
      { heading: "verdict", unit: "text" },
    ],
    rows: runs.map((run) => [
      run.plan.fault.name,
      variantName(run.plan),
      run.counts.sent,
      run.counts.unsuccessful.GET + run.counts.unsuccessful.POST,
      run.counts.lost.length,
      run.counts.doubled?.length ?? null,
      run.counts.retries,
      run.times.trafficEndedAfterMs,
      run.times.lastFailure?.knownAfterMs ?? null,
      run.times.readmittedAfterMs,
      verdictOf(run).kind,
    ]),
  };
}

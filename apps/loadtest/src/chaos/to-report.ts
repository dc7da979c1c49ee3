import { withoutPassword } from "../engine/plan.ts";
import { formatMetric } from "../failover/judge/thresholds.ts";
import { formatAmount } from "../print/format.ts";
import { ledgerPart, openLoopFigures, openLoopParts } from "../report/open-loop-parts.ts";
import type { ReportContext } from "../report/report-context.ts";
import {
  type ReportDocument,
  type ReportRun,
  reportSchemaName,
  type ReportTable,
  type ReportThreshold,
  type ReportVerdict,
} from "../report/report-document.ts";
import type { ScopedVerdict } from "./chaos-thresholds.ts";
import type { ChaosWindow } from "./chaos-windows.ts";
import { chaosFailures, windowName } from "./report.ts";
import type { ChaosRun } from "./run-chaos.ts";
import { formatEvent } from "./timeline.ts";

/** A chaos run as everybody shows it. */
export function chaosReport(run: ChaosRun, context: ReportContext): ReportDocument {
  const { plan, load, isPartial } = run;
  const part = runPart(run);
  return {
    schema: reportSchemaName,
    kind: "chaos",
    title: `Chaos: ${formatAmount(plan.events.length, "fault")}`,
    target: withoutPassword(run.url),
    ...context,
    startedAt: part.startedAt,
    durationMs: load.durationMs,
    verdict: part.verdict,
    partial: isPartial,
    notes: [`timeline: ${plan.events.map(formatEvent).join("; ")}`],
    warnings: [],
    runs: [part],
    curves: [],
    tables: [],
  };
}

function runPart(run: ChaosRun): ReportRun {
  return {
    title: "",
    ...openLoopParts(run.load),
    verdict: verdictOf(run),
    partial: run.isPartial,
    thresholds: run.thresholds.map(thresholdPart),
    checks: [],
    figures: openLoopFigures(run.load, run.counts),
    faults: run.faults.map(({ fault, backends, fromMs, toMs }) => ({
      fromMs,
      toMs: Number.isFinite(toMs) ? toMs : null,
      label: fault,
      backends,
    })),
    ledger: ledgerPart(run.counts),
    tables: [windowTable(run.windows)],
  };
}

function verdictOf(run: ChaosRun): ReportVerdict {
  const reasons = chaosFailures(run);
  if (reasons.length > 0) return { kind: "fail", reasons };
  if (run.invalid.length > 0) return { kind: "invalid", reasons: run.invalid };
  return { kind: "pass", reasons: ["every threshold is kept"] };
}

function thresholdPart({ scoped, verdict, window, value }: ScopedVerdict): ReportThreshold {
  // Kept in every window: there is no one value to show.
  const isKeptInAll = verdict === "met" && scoped.scope !== "run";
  const shown = isKeptInAll ? "kept in all of them" : formatMetric(scoped.threshold.metric, value);
  const where = window === undefined ? "" : ` ${windowName(window)}`;
  return { text: scoped.text, value: `${shown}${where}`, verdict };
}

function windowTable(windows: readonly ChaosWindow[]): ReportTable {
  return {
    title: "Windows",
    columns: [
      { heading: "from", unit: "ms" },
      { heading: "to", unit: "ms" },
      { heading: "broken", unit: "text" },
      { heading: "sent", unit: "count" },
      { heading: "failed", unit: "count" },
      { heading: "failed share", unit: "share" },
      { heading: "lost", unit: "count" },
      { heading: "doubled", unit: "count" },
      { heading: "p50", unit: "us" },
      { heading: "p99", unit: "us" },
    ],
    rows: windows.map(({ fromMs, toMs, broken, counts }) => [
      fromMs,
      toMs,
      broken.length === 0 ? "calm" : broken.join(" + "),
      counts.sent,
      counts.failed,
      counts.sent === 0 ? null : counts.failed / counts.sent,
      counts.lost,
      counts.doubled,
      counts.latency.count === 0 ? null : counts.latency.percentile(50),
      counts.latency.count === 0 ? null : counts.latency.percentile(99),
    ]),
  };
}

import { withoutPassword } from "../engine/plan.ts";
import { formatCount } from "../print/format.ts";
import { latencyFigures, ledgerPart, unjudgedBackends } from "../report/open-loop-parts.ts";
import type { ReportContext } from "../report/report-context.ts";
import {
  type ReportDocument,
  type ReportFault,
  type ReportRun,
  reportSchemaName,
  type ReportTable,
} from "../report/report-document.ts";
import { latencyOf, reportSeries } from "../report/report-series.ts";
import { reportLatency } from "../report/sparse-counts.ts";
import type { StickyRun } from "./run-sticky.ts";

/** A sticky check as everybody shows it. */
export function stickyReport(run: StickyRun, context: ReportContext): ReportDocument {
  const { plan, partial, startedAt, durationMs } = run;
  const part = runPart(run);
  return {
    schema: reportSchemaName,
    kind: "sticky",
    title: `Sticky sessions: ${formatCount(plan.sessions)} sessions × ${plan.visits} requests`,
    target: withoutPassword(run.url),
    ...context,
    startedAt,
    durationMs,
    verdict: part.verdict,
    partial,
    notes: [],
    warnings: [],
    runs: [part],
    curves: [],
    tables: [],
  };
}

function runPart(run: StickyRun): ReportRun {
  const { verdict, victim, partial, startedAt, durationMs, series } = run;
  const { counts } = verdict;
  const latency = latencyOf(series);
  const moved = victim === null ? "" : "; only the victim's moved, once, with a new cookie";
  return {
    title: "",
    startedAt,
    durationMs,
    verdict: verdict.pass
      ? { kind: "pass", reasons: [`every session stuck${moved}`] }
      : { kind: "fail", reasons: verdict.reasons },
    partial,
    thresholds: [],
    checks: [],
    figures: [
      { name: "sessions", value: counts.sessions, unit: "count" },
      { name: "requests", value: counts.requests, unit: "count" },
      { name: "failed", value: counts.failed, unit: "count" },
      { name: "strayed sessions", value: counts.strayed, unit: "count" },
      ...latencyFigures(latency),
    ],
    series: reportSeries(series),
    latency: reportLatency(latency.snapshot(), "sent"),
    serviceTime: null,
    backends: unjudgedBackends(responsesByBackend(run)),
    statuses: Object.fromEntries(run.statuses),
    errors: errorsOf(run),
    faults: faultsOf(run),
    ledger: ledgerPart(run.counts),
    tables: [sessionTable(run)],
  };
}

function responsesByBackend({ series }: StickyRun): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { backends } of series.intervals) {
    for (const [name, count] of backends) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
}

function errorsOf({ series }: StickyRun): Record<string, number> {
  const failed = series.intervals.reduce(
    (sum, { outcomes }) => sum + (outcomes.get("failed") ?? 0),
    0,
  );
  return failed === 0 ? {} : { failed };
}

function faultsOf({ killedAtMs, restartedAtMs, victim }: StickyRun): ReportFault[] {
  if (killedAtMs === null || victim === null) return [];
  return [{ fromMs: killedAtMs, toMs: restartedAtMs, label: "kill", backends: [victim] }];
}

function sessionTable({ verdict: { counts }, victim }: StickyRun): ReportTable {
  const atVictim: [string, number][] = [
    ["began at the victim", counts.victims],
    ["of those moved once, as they should", counts.movedOnce],
    ["of those moved more often", counts.movedOften],
    ["of those not moved", counts.notMoved],
  ];
  return {
    title: "Sessions",
    columns: [
      { heading: "sessions that", unit: "text" },
      { heading: "count", unit: "count" },
    ],
    rows: [
      ...[...counts.homes]
        .toSorted(([one], [other]) => one.localeCompare(other, "en", { numeric: true }))
        .map(([name, count]): [string, number] => [`began at ${name}`, count]),
      ...(victim === null ? [] : atVictim),
      ["moved without need", counts.strayed],
      ["began or moved without a cookie", counts.withoutCookie],
    ],
  };
}

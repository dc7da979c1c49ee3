import { latencyFigures, ledgerPart, unjudgedBackends } from "../report/open-loop-parts.ts";
import type { ReportContext } from "../report/report-context.ts";
import {
  type ReportCheck,
  type ReportDocument,
  type ReportFigure,
  type ReportRun,
  reportSchemaName,
  type ReportSeries,
  type ReportTable,
  type ReportVerdict,
} from "../report/report-document.ts";
import { coarseCounts, reportLatency } from "../report/sparse-counts.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { formatThresholdValue } from "../thresholds/judge-threshold.ts";
import { targetOf } from "./document.ts";
import type { LoadRow } from "./load-series.ts";
import type { LoadTotals } from "./load-totals.ts";
import { correctedOf, describeShape, loadFailures } from "./report.ts";
import { checkName } from "./response-checks.ts";
import type { LoadRun } from "./run-load.ts";
import { throughputOf } from "./throughput.ts";

/** A run as everybody shows it. */
export function loadReport(run: LoadRun, context: ReportContext): ReportDocument {
  const part = loadReportRun(run, "");
  const { load } = run.plan;
  return {
    schema: reportSchemaName,
    kind: "run",
    title: `Load on ${targetOf(load)}`,
    target: targetOf(load),
    ...context,
    startedAt: part.startedAt,
    durationMs: part.durationMs,
    verdict: part.verdict,
    partial: run.isPartial,
    notes: [
      describeShape(load.shape),
      load.shape.loop === "open"
        ? "latency counts from when a request was due, service time from when it was sent"
        : "closed loop: a stall holds the next request back; the corrected latencies count what was not sent meanwhile",
    ],
    warnings: run.isInvalid ? [] : run.saturated,
    runs: [part],
    curves: [],
    tables: [],
  };
}

/** One run, as a part of a report of several. */
export function loadReportRun(run: LoadRun, title: string): ReportRun {
  const { result, plan } = run;
  const { totals } = result;
  const isOpen = plan.load.shape.loop === "open";
  return {
    title,
    startedAt: new Date(result.startedAtWallMs).toISOString(),
    durationMs: result.durationMs,
    verdict: verdictOf(run),
    partial: run.isPartial,
    thresholds: run.thresholds.map(({ threshold, value, verdict }) => ({
      text: threshold.text,
      value: formatThresholdValue(threshold.kind, value, threshold.stat),
      verdict,
    })),
    checks: checksOf(run),
    figures: figuresOf(run),
    series: seriesOf(totals),
    latency: reportLatency(totals.latencyUs.snapshot(), isOpen ? "due" : "sent"),
    serviceTime: isOpen ? reportLatency(totals.serviceUs.snapshot(), "sent") : null,
    backends: unjudgedBackends(totals.backends),
    statuses: Object.fromEntries(totals.statuses),
    errors: Object.fromEntries(totals.errors),
    faults: [],
    ledger: run.counts === undefined ? null : ledgerPart(run.counts),
    tables: kindTables(run),
  };
}

function verdictOf(run: LoadRun): ReportVerdict {
  if (run.isInvalid) return { kind: "invalid", reasons: run.saturated };
  const failures = loadFailures(run);
  if (failures.length > 0) return { kind: "fail", reasons: failures };
  if (run.thresholds.length === 0) {
    return { kind: "not-judged", reasons: ["no threshold, so nothing is judged"] };
  }
  return { kind: "pass", reasons: ["every threshold is kept"] };
}

function checksOf({ plan, result }: LoadRun): ReportCheck[] {
  return plan.load.requests.flatMap(({ name, checks }, index) =>
    checks.map((check, number) => {
      const held = result.totals.kinds[index]?.passed[number] ?? 0;
      const missed = result.totals.kinds[index]?.missed[number] ?? 0;
      return {
        what: `${name}: ${checkName(check)}`,
        expected: "of every response",
        measured: `${held} held, ${missed} did not`,
        verdict: missed === 0 ? "pass" : "fail",
        note: "",
      };
    }),
  );
}

function figuresOf(run: LoadRun): ReportFigure[] {
  const { totals, utilizations } = run.result;
  const { counts, lagUs } = totals;
  const isOpen = run.plan.load.shape.loop === "open";
  const { perSecond } = throughputOf(run.plan.load.shape, run.result);
  const corrected = isOpen ? undefined : correctedOf(run);
  return [
    { name: "requests sent", value: totals.sent, unit: "count" },
    { name: "responses", value: perSecond, unit: "perSecond" },
    { name: "failed", value: totals.failed, unit: "count" },
    { name: "errors", value: counts.errors, unit: "count" },
    ...(isOpen ? [{ name: "dropped", value: counts.dropped, unit: "count" } as const] : []),
    ...latencyFigures(totals.latencyUs),
    ...(corrected === undefined
      ? [
          {
            name: "p99 schedule lag",
            value: lagUs.count === 0 ? null : lagUs.percentile(99),
            unit: "us",
          } as const,
        ]
      : [{ name: "p99 latency, corrected", value: corrected.percentile(99), unit: "us" } as const]),
    { name: "response bodies", value: counts.bodyBytes, unit: "bytes" },
    { name: "generator busy", value: Math.max(0, ...utilizations), unit: "share" },
  ];
}

function kindTables({ plan, result }: LoadRun): ReportTable[] {
  if (plan.load.requests.length === 1) return [];
  return [
    {
      title: "Kinds of requests",
      columns: [
        { heading: "request", unit: "text" },
        { heading: "responses", unit: "count" },
        { heading: "failed", unit: "count" },
        { heading: "p50", unit: "us" },
        { heading: "p99", unit: "us" },
        { heading: "max", unit: "us" },
      ],
      rows: plan.load.requests.flatMap(({ name }, index) => {
        const kind = result.totals.kinds[index];
        if (kind === undefined) return [];
        const { responses, failed, latencyUs } = kind;
        return [
          [
            name,
            responses,
            failed,
            latencyUs.percentile(50),
            latencyUs.percentile(99),
            latencyUs.max,
          ],
        ];
      }),
    },
  ];
}

function seriesOf({ series }: LoadTotals): ReportSeries | null {
  const { rows, rowMs: intervalMs } = series;
  if (rows.length === 0) return null;
  const latencies = rows.map(({ latencyUs }) => {
    const latency = new LatencyHistogram();
    latency.addSparse(latencyUs);
    return latency;
  });
  const percentile = (wanted: number): (number | null)[] =>
    latencies.map((latency) => (latency.count === 0 ? null : latency.percentile(wanted)));
  return {
    intervalMs,
    offered: rows.map(({ offered }) => offered),
    achieved: rows.map(({ achieved }) => achieved),
    failed: rows.map(({ failed }) => failed),
    outcomes: columnsOf(rows, "outcomes"),
    backends: columnsOf(rows, "backends"),
    p50Us: percentile(50),
    p90Us: percentile(90),
    p99Us: percentile(99),
    maxUs: percentile(100),
    latency: latencies.map((latency) => coarseCounts(latency.snapshot())),
  };
}

/** One column per name that occurs, in the order of the names. */
function columnsOf(
  rows: readonly LoadRow[],
  what: "outcomes" | "backends",
): Record<string, number[]> {
  const names = [...new Set(rows.flatMap((row) => [...row[what].keys()]))];
  const inOrder = names.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return Object.fromEntries(
    inOrder.map((name) => [name, rows.map((row) => row[what].get(name) ?? 0)]),
  );
}

import { disagreements, ledgerText, retryText } from "../failover/ledger-lines.ts";
import { correctedLatency } from "../observation/corrected-latency.ts";
import type { LatencyHistogram } from "../observation/latency-histogram.ts";
import {
  formatAmount,
  formatCount,
  formatLatency,
  formatSeconds,
  formatShare,
  printable,
} from "../print/format.ts";
import type { Paint } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import { formatThresholdValue, type ThresholdVerdict } from "../thresholds/judge-threshold.ts";
import type { LoadShape } from "./load-plan.ts";
import { checkName } from "./response-checks.ts";
import { RateCurve } from "./rate-curve.ts";
import type { LoadRun } from "./run-load.ts";
import { throughputOf } from "./throughput.ts";

/** The result of a run for people. */
export function renderLoad(run: LoadRun, paint: Paint): string {
  return [
    heading(run, paint),
    "",
    ...facts(run).map(([name, text]) => `  ${name.padEnd(11)}${text}`),
    ...section(latencyTable(run)),
    ...section(kindTable(run)),
    ...section(backendTable(run)),
    ...section(checkLines(run, paint)),
    ...section(ledgerLines(run)),
    ...section(thresholdLines(run, paint)),
    "",
    ...loadVerdictLines(run, paint),
  ].join("\n");
}

function heading({ plan, isPartial }: LoadRun, paint: Paint): string {
  const { load } = plan;
  const [only] = load.requests;
  const what =
    load.requests.length === 1 && only !== undefined
      ? `${only.method} ${load.origin}${printable(only.target)}`
      : `${load.requests.length} kinds of requests to ${load.origin}`;
  return `${paint("strong", what)}  ${describeShape(load.shape)}${isPartial ? paint("warning", "  PARTIAL: interrupted") : ""}`;
}

/** `open loop, constant arrivals, 0/s → 100/s`, `closed loop, 50 connections` */
export function describeShape(shape: LoadShape): string {
  if (shape.loop === "closed")
    return `closed loop, ${formatAmount(shape.connections, "connection")}`;
  const rates = [...new Set(shape.stages.flatMap((s) => [s.fromPerSecond, s.toPerSecond]))];
  const shown =
    rates.length > 6
      ? `${Math.min(...rates)} to ${Math.max(...rates)}/s`
      : `${rates.map((rate) => Number(rate.toFixed(2))).join(" → ")}/s`;
  return `open loop, ${shape.arrivals} arrivals, ${shown}`;
}

function facts(run: LoadRun): [name: string, text: string][] {
  const { totals, durationMs, utilizations } = run.result;
  const { counts, errors, statuses, errorCodes } = totals;
  const { shape } = run.plan.load;
  const busiest = Math.max(0, ...utilizations);
  const dropped = shape.loop === "open" ? `, ${formatCount(counts.dropped)} dropped` : "";
  return [
    ["sent", `${formatCount(totals.sent)} in ${formatSeconds(durationMs)}${dropped}`],
    ["rate", rateText(run)],
    ["responses", `${formatCount(counts.responses)}${listed(statuses)}`],
    ["errors", `${formatCount(counts.errors)}${listed(errors)}${listed(errorCodes)}`],
    ...(counts.aborted > 0 ? [["aborted", formatCount(counts.aborted)] as [string, string]] : []),
    ["bodies", formatBytes(counts.bodyBytes)],
    [
      "generator",
      `${formatAmount(utilizations.length, "worker")}, the busiest ${formatShare(busiest)} busy${shape.loop === "open" ? `, p99 lag ${formatLatency(totals.lagUs.percentile(99))}` : ""}`,
    ],
  ];
}

function rateText({ plan, result }: LoadRun): string {
  const { totals, durationMs } = result;
  const { shape } = plan.load;
  const answered = `${formatCount(throughputOf(shape, result).perSecond)}/s answered`;
  if (shape.loop === "closed") return answered;
  const offeredMs = Math.max(1, Math.min(durationMs, new RateCurve(shape.stages).durationMs));
  return `${formatCount((totals.counts.due * 1000) / offeredMs)}/s offered, ${answered}`;
}

function listed(counts: ReadonlyMap<string | number, number>): string {
  if (counts.size === 0) return "";
  const parts = [...counts].map(([name, count]) => `${name} × ${formatCount(count)}`);
  return `  (${parts.join(", ")})`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

const number: Column["align"] = "right";
const latencyColumns: readonly Column[] = [
  { heading: "", align: "left" },
  ...["p50", "p90", "p99", "p99.9", "max", "mean"].map((heading) => ({ heading, align: number })),
];

function latencyTable(run: LoadRun): string[] {
  const { totals } = run.result;
  if (totals.latencyUs.count === 0) return [];
  if (run.plan.load.shape.loop === "open") {
    return renderTable(latencyColumns, [
      latencyRow("since due", totals.latencyUs),
      latencyRow("since sent", totals.serviceUs),
    ]);
  }
  return renderTable(latencyColumns, [
    latencyRow("as measured", totals.latencyUs),
    latencyRow("corrected", correctedOf(run)),
  ]);
}

/** A closed loop's latencies with what it did not ask while it waited. */
export function correctedOf({ plan, result }: Pick<LoadRun, "plan" | "result">): LatencyHistogram {
  const { shape } = plan.load;
  const connections = shape.loop === "closed" ? shape.connections : 1;
  const { perSecond } = throughputOf(shape, result);
  const intervalUs = perSecond > 0 ? (connections * 1e6) / perSecond : 0;
  return correctedLatency(result.totals.latencyUs, intervalUs);
}

function latencyRow(name: string, latency: LatencyHistogram): string[] {
  const percentiles = [50, 90, 99, 99.9, 100].map((p) => formatLatency(latency.percentile(p)));
  return [name, ...percentiles, formatLatency(Math.round(latency.mean))];
}

function kindTable({ plan, result }: LoadRun): string[] {
  if (plan.load.requests.length === 1) return [];
  const columns: Column[] = [
    { heading: "request", align: "left" },
    ...["responses", "failed", "p50", "p99", "max"].map((heading) => ({ heading, align: number })),
  ];
  return renderTable(
    columns,
    plan.load.requests.flatMap(({ name }, index) => {
      const kind = result.totals.kinds[index];
      if (kind === undefined) return [];
      const { responses, failed, latencyUs } = kind;
      const percentiles = [50, 99, 100].map((p) => formatLatency(latencyUs.percentile(p)));
      return [[printable(name), formatCount(responses), formatCount(failed), ...percentiles]];
    }),
  );
}

/** Enough to see a pool; a large one is in the report. */
const mostBackendRows = 20;

function backendTable({ result }: LoadRun): string[] {
  const { backends } = result.totals;
  if (backends.size === 0) return [];
  const all = [...backends.values()].reduce((sum, count) => sum + count, 0);
  const rows = [...backends]
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([name, count]) => [printable(name), formatCount(count), formatShare(count / all)]);
  const columns: Column[] = [
    { heading: "backend", align: "left" },
    { heading: "responses", align: "right" },
    { heading: "share", align: "right" },
  ];
  const more = rows.length - mostBackendRows;
  const lines = renderTable(columns, rows.slice(0, mostBackendRows));
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

function checkLines({ plan, result }: LoadRun, paint: Paint): string[] {
  return plan.load.requests.flatMap(({ name, checks }, index) =>
    checks.map((check, number) => {
      const kind = result.totals.kinds[index];
      const passed = kind?.passed[number] ?? 0;
      const missed = kind?.missed[number] ?? 0;
      const mark = missed === 0 ? paint("good", "✓") : paint("bad", "✗");
      return `${mark} ${printable(name)}: ${checkName(check)}  (${formatCount(passed)} held, ${formatCount(missed)} did not)`;
    }),
  );
}

function ledgerLines({ counts }: LoadRun): string[] {
  if (counts === undefined) return [];
  return [
    ["entries", ledgerText(counts)],
    ["retries", retryText(counts)],
    ...disagreements(counts),
  ].map(([name = "", text = ""]) => `${name.padEnd(12)}${text}`);
}

function thresholdLines({ thresholds }: LoadRun, paint: Paint): string[] {
  return thresholds.map((judged) => {
    const { verdict, threshold } = judged;
    const mark = verdict === "met" ? paint("good", "✓") : paint("bad", "✗");
    return `${verdict === "unknown" ? paint("warning", "?") : mark} ${threshold.text}  (${valueOf(judged)})`;
  });
}

function valueOf({ threshold: { kind, stat }, value }: ThresholdVerdict): string {
  return formatThresholdValue(kind, value, stat);
}

/** Why a run does not pass, one sentence each. */
export function loadFailures({ thresholds, abortedBy }: LoadRun): string[] {
  const early =
    abortedBy === undefined
      ? []
      : [`ended early: ${abortedBy.threshold.text} was missed with ${valueOf(abortedBy)}`];
  const missed = thresholds
    .filter(({ verdict }) => verdict !== "met")
    .map((judged) => `${judged.threshold.text}: ${valueOf(judged)}`);
  return [...early, ...missed];
}

/** What came of it, in a line or a few. */
export function loadVerdictLines(run: LoadRun, paint: Paint): string[] {
  const saturated = run.saturated.map((reason) => `        ${reason}`);
  if (run.isInvalid) {
    return [
      `${paint("bad", "✗ RUN INVALID")}  the load generator was the limit, so these numbers are its own:`,
      ...saturated,
    ];
  }
  const warned = run.saturated.map((reason) => `${paint("warning", "warning")}  ${reason}`);
  const [first, ...rest] = loadFailures(run);
  if (first !== undefined) {
    return [
      ...warned,
      `${paint("bad", "✗ FAIL")}  ${first}`,
      ...rest.map((reason) => `        ${reason}`),
    ];
  }
  if (run.thresholds.length === 0) {
    return [...warned, paint("quiet", "no --threshold, so nothing is judged")];
  }
  return [...warned, `${paint("good", "✓ PASS")}  every threshold is kept`];
}

function section(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ["", ...lines.map((line) => `  ${line}`)];
}

import { withoutPassword } from "../engine/plan.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import {
  formatAmount,
  formatCount,
  formatLatency,
  formatSeconds,
  formatShare,
  printable,
} from "../print/format.ts";
import {
  failLines,
  indent,
  invalidLines,
  labelled,
  partialLines,
  thresholdMark,
} from "../print/layout.ts";
import type { Paint } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import { earlyEndReasons } from "../failover/early-end.ts";
import { formatMetric } from "../failover/judge/thresholds.ts";
import { disagreements, ledgerText, retryText } from "../failover/ledger-lines.ts";
import type { ScopedVerdict } from "./chaos-thresholds.ts";
import type { ChaosWindow } from "./chaos-windows.ts";
import type { ChaosRun } from "./run-chaos.ts";
import { formatEvent } from "./timeline.ts";

const columns: readonly Column[] = [
  { heading: "from", align: "right" },
  { heading: "to", align: "right" },
  { heading: "sent", align: "right" },
  { heading: "failed", align: "right" },
  { heading: "share", align: "right" },
  { heading: "lost", align: "right" },
  { heading: "doubled", align: "right" },
  { heading: "p50", align: "right" },
  { heading: "p99", align: "right" },
  { heading: "broken", align: "left" },
];

/** The whole result for a person to read, without a final newline. */
export function renderChaos(run: ChaosRun, paint: Paint): string {
  const rows = run.windows.map((window) => windowRow(window, paint));
  return [
    paint("strong", heading(run)),
    "",
    ...indent(renderTable(columns, rows)),
    "",
    ...indent(facts(run)),
    ...indent(run.thresholds.map((verdict) => thresholdLine(verdict, paint))),
    "",
    ...chaosVerdictLines(run, paint),
  ].join("\n");
}

/** The verdict alone: one line, and one more for each further reason. */
export function chaosVerdictLines(run: ChaosRun, paint: Paint): string[] {
  const lines = [...partialLines(run.isPartial, paint), ...invalidLines(run.invalid, paint)];
  const reasons = chaosFailures(run);
  if (reasons.length > 0) return [...lines, ...failLines(reasons, paint)];
  if (run.invalid.length > 0) return lines;
  return [...lines, `${paint("good", "✓ PASS")}  every threshold is kept`];
}

/** Which thresholds were missed, and where, one sentence each. */
export function chaosFailures({ thresholds, abortedBy }: ChaosRun): string[] {
  const missed = thresholds
    .filter(({ verdict }) => verdict !== "met")
    .map(({ scoped, window, value }) => {
      const where = window === undefined ? "" : ` ${windowName(window)}`;
      return `${scoped.text}: ${formatMetric(scoped.threshold.metric, value)}${where}`;
    });
  return [...earlyEndReasons(abortedBy), ...missed];
}

/** `from 5.00 s to 15.00 s (kill of Server-1)` */
export function windowName({ fromMs, toMs, broken }: ChaosWindow): string {
  const what = broken.length === 0 ? "calm" : broken.map(printable).join(" + ");
  return `from ${formatSeconds(fromMs)} to ${formatSeconds(toMs)} (${what})`;
}

function heading({ plan, url, load, counts }: ChaosRun): string {
  const rate = `${Number(plan.load.ratePerSecond.toPrecision(6))} requests/s ${plan.load.arrivals}`;
  return (
    `Chaos: ${formatAmount(plan.events.length, "fault")} on ${printable(withoutPassword(url))}  ` +
    `(${rate}, ${formatCount(counts.sent)} in ${formatSeconds(load.durationMs)})`
  );
}

function windowRow({ fromMs, toMs, broken, counts }: ChaosWindow, paint: Paint): string[] {
  const { latency, sent, failed, lost, doubled } = counts;
  const at = (percentile: number): string =>
    latency.count === 0 ? "–" : formatLatency(latency.percentile(percentile));
  return [
    formatSeconds(fromMs),
    formatSeconds(toMs),
    formatCount(sent),
    formatCount(failed),
    formatShare(sent === 0 ? 0 : failed / sent),
    formatCount(lost),
    doubled === null ? "?" : formatCount(doubled),
    at(50),
    at(99),
    broken.length === 0 ? paint("quiet", "calm") : broken.map(printable).join(" + "),
  ];
}

function facts({ plan, counts, load }: ChaosRun): string[] {
  const { sent, succeeded, errorResponses, lost, aborted, dropped } = counts;
  const lag = formatLatency(new LatencyHistogram(load.lagUs).percentile(99));
  const kinds = [...counts.kinds].map(([kind, count]) => `${kind} × ${formatCount(count)}`);
  const rows: [string, string][] = [
    ["timeline", plan.events.map(formatEvent).join("; ")],
    [
      "requests",
      `${formatCount(sent)} sent = ${formatCount(succeeded)} succeeded + ` +
        `${formatAmount(errorResponses, "error response")} + ${formatCount(lost.length)} lost` +
        (aborted === 0 ? "" : ` + ${formatCount(aborted)} aborted`) +
        (dropped === 0 ? "" : `; ${formatCount(dropped)} dropped, never sent`),
    ],
    ["failures", kinds.length === 0 ? "none" : kinds.join(", ")],
    ["retries", retryText(counts)],
    ["ledgers", ledgerText(counts)],
    ...disagreements(counts),
    [
      "schedule",
      `sent ${lag} after due at p99, generator ${formatShare(load.generatorUtilization)} busy`,
    ],
  ];
  return labelled(rows, 11);
}

function thresholdLine({ scoped, verdict, window, value }: ScopedVerdict, paint: Paint): string {
  const sign = thresholdMark(verdict, paint);
  const isWhole = scoped.scope === "run";
  const shown =
    verdict === "met" && !isWhole ? "" : `  (${formatMetric(scoped.threshold.metric, value)})`;
  const where = window === undefined ? "" : ` ${windowName(window)}`;
  return `${"threshold".padEnd(11)}${sign} ${scoped.text}${shown}${where}`;
}

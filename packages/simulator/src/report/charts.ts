import { formatMs, formatShare } from "./format.ts";
import { escaped, figure, htmlTable } from "./markup.ts";
import type { CellReport, ContenderReport } from "./report.ts";
import { linearScale, logScale, type Scale } from "./scale.ts";

const width = 640;
const nameWidth = 200;
const right = 24;
const rowHeight = 26;
const top = 8;
const axisHeight = 26;
const plotWidth = width - nameWidth - right;

function svg(height: number, label: string, content: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}">${content}</svg>`;
}

function px(value: number): string {
  return value.toFixed(1);
}

/** Vertical marks with their values below. */
function axis(scale: Scale, bottom: number, format: (value: number) => string): string {
  return scale.ticks
    .map((tick) => {
      const x = px(nameWidth + scale.at(tick));
      return (
        `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>` +
        `<text class="tick" x="${x}" y="${bottom + 16}" text-anchor="middle">${escaped(format(tick))}</text>`
      );
    })
    .join("");
}

function rowName(name: string, y: number): string {
  return `<text x="${nameWidth - 10}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>`;
}

/** A dot for each of p50, p99 and p99.9 of each strategy, on one logarithmic axis. */
export function quantileChart({ contenders }: CellReport): string {
  const summaries = contenders.map(({ summary }) => summary);
  const values = summaries.flatMap(({ p50Ms, p999Ms }) => [p50Ms.median, p999Ms.median]);
  const scale = logScale(Math.min(...values) * 0.9, Math.max(...values) * 1.1, plotWidth);
  const bottom = top + summaries.length * rowHeight;
  const rows = summaries.map(({ strategy, p50Ms, p99Ms, p999Ms }, index) => {
    const y = top + index * rowHeight + rowHeight / 2;
    const x = (value: number): string => px(nameWidth + scale.at(value));
    const from = x(p50Ms.median);
    return (
      rowName(strategy, y) +
      `<line class="range" x1="${from}" x2="${x(p999Ms.median)}" y1="${y}" y2="${y}"/>` +
      `<circle class="p50" cx="${from}" cy="${y}" r="5"><title>p50 ${formatMs(p50Ms.median)}</title></circle>` +
      `<rect class="p99" x="${px(nameWidth + scale.at(p99Ms.median) - 5)}" y="${y - 5}" width="10" height="10"><title>p99 ${formatMs(p99Ms.median)}</title></rect>` +
      `<path class="p999" d="M${x(p999Ms.median)} ${y - 7}l7 7l-7 7l-7 -7z"><title>p99.9 ${formatMs(p999Ms.median)}</title></path>`
    );
  });
  const table = htmlTable(
    "Latency of successful requests, median over the seeds",
    ["strategy", "p50", "p99", "p99.9"],
    summaries.map(({ strategy, p50Ms, p99Ms, p999Ms }) => [
      strategy,
      ...[p50Ms, p99Ms, p999Ms].map(({ median }) => formatMs(median)),
    ]),
  );
  return figure(
    "Latency",
    "● p50, ■ p99 and ◆ p99.9 of each strategy, on a logarithmic axis: further left is faster.",
    svg(bottom + axisHeight, bestText(contenders), axis(scale, bottom, formatMs) + rows.join("")),
    table,
  );
}

function bestText(contenders: readonly ContenderReport[]): string {
  const byP99 = contenders
    .map(({ summary }) => summary)
    .toSorted((one, other) => one.p99Ms.median - other.p99Ms.median);
  const [best] = byP99;
  const worst = byP99.at(-1);
  if (best === undefined || worst === undefined) return "No strategy was simulated";
  return (
    `Least p99: ${best.strategy}, ${formatMs(best.p99Ms.median)}; ` +
    `largest: ${worst.strategy}, ${formatMs(worst.p99Ms.median)}`
  );
}

/** Bars of error rates; nothing when nobody had errors. */
export function errorChart({ contenders }: CellReport): string {
  const summaries = contenders.map(({ summary }) => summary);
  const largest = Math.max(...summaries.map(({ errorRate }) => errorRate.median));
  if (largest === 0) return "";
  const scale = linearScale(largest, plotWidth - 60);
  const bottom = top + summaries.length * rowHeight;
  const rows = summaries.map(({ strategy, errorRate }, index) => {
    const y = top + index * rowHeight + rowHeight / 2;
    const length = scale.at(errorRate.median);
    return (
      rowName(strategy, y) +
      `<rect class="error" x="${nameWidth}" y="${y - 8}" width="${px(length)}" height="16"/>` +
      `<text x="${px(nameWidth + length + 6)}" y="${y + 4}">${formatShare(errorRate.median)}</text>`
    );
  });
  const table = htmlTable(
    "Failed requests of all counted ones, and how many failed how over all seeds",
    ["strategy", "failed", "status", "queue full", "refused", "reset", "timeout", "none ready"],
    summaries.map(({ strategy, errorRate, failures }) => [
      strategy,
      formatShare(errorRate.median),
      ...Object.values(failures).map(String),
    ]),
  );
  const label = `Error rates up to ${formatShare(largest)}`;
  return figure(
    "Errors",
    "Share of requests without a good answer.",
    svg(bottom + axisHeight, label, axis(scale, bottom, formatShare) + rows.join("")),
    table,
  );
}

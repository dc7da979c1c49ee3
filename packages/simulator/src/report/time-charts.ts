import type { SimulationResult, Slice } from "../engine/result.ts";
import { formatMs, formatShare } from "./format.ts";
import { escaped, figure, htmlTable } from "./markup.ts";
import type { CellReport, ContenderReport } from "./report.ts";
import { logScale, type Scale } from "./scale.ts";

const width = 310;
const height = 110;
const left = 52;
const bottom = 92;
const top = 8;

interface Axes {
  readonly latency: Scale;
  readonly endMs: number;
}

/** A small chart per strategy, all with the same axes, of the first seed's run. */
export function timeCharts({ contenders }: CellReport): string {
  const axes = axesOf(contenders);
  if (axes === undefined) return "";
  const charts = contenders.map((contender) => smallChart(contender, axes)).join("\n");
  const slices = contenders[0]?.results[0]?.slices ?? [];
  const table = htmlTable(
    "p99 of the requests that arrived in each stretch, and the share of them that failed",
    ["from", ...contenders.map(({ summary }) => summary.strategy)],
    slices.map(({ fromMs }, index) => [
      formatMs(fromMs),
      ...contenders.map(({ results }) => sliceText(results[0]?.slices[index])),
    ]),
  );
  return figure(
    "Over time",
    "p50 (thin) and p99 (thick) of each stretch of the first run, and below in red the share that failed.",
    `<div class="small">${charts}</div>`,
    table,
  );
}

function sliceText(slice: Slice | undefined): string {
  if (slice === undefined || slice.arrived === 0) return "";
  const failed = slice.failed === 0 ? "" : `, ${formatShare(slice.failed / slice.arrived)} failed`;
  return slice.latency.count === 0
    ? `none${failed}`
    : formatMs(slice.latency.quantile(0.99)) + failed;
}

function axesOf(contenders: readonly ContenderReport[]): Axes | undefined {
  const results = contenders.flatMap(({ results: [first] }) =>
    first === undefined ? [] : [first],
  );
  const slices = results.flatMap((result) => answered(result));
  if (slices.length < 2) return undefined;
  const low = Math.min(...slices.map(({ latency }) => latency.quantile(0.5)));
  const high = Math.max(...slices.map(({ latency }) => latency.quantile(0.99)));
  const endMs = Math.max(...results.map(({ slices }) => slices.at(-1)?.fromMs ?? 0));
  return { latency: logScale(low * 0.9, high * 1.1, bottom - top), endMs };
}

function answered({ slices }: SimulationResult): readonly Slice[] {
  return slices.filter(({ latency }) => latency.count > 0);
}

function smallChart({ summary, results: [first] }: ContenderReport, axes: Axes): string {
  if (first === undefined) return "";
  const x = (ms: number): string => (left + (ms / axes.endMs) * (width - left - 8)).toFixed(1);
  const y = (ms: number): string => (bottom - axes.latency.at(ms)).toFixed(1);
  const line = (q: number): string =>
    answered(first)
      .map(({ fromMs, latency }) => `${x(fromMs)},${y(latency.quantile(q))}`)
      .join(" ");
  const grid = axes.latency.ticks
    .map(
      (tick) =>
        `<line class="grid" x1="${left}" x2="${width - 8}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="${left - 6}" y="${Number(y(tick)) + 4}" text-anchor="end">${formatMs(tick)}</text>`,
    )
    .join("");
  const label = `${summary.strategy}: p99 over time, ${formatMs(summary.p99Ms.median)} over all`;
  return `<div><b>${escaped(summary.strategy)}</b>
<svg viewBox="0 0 ${width} ${height + 14}" role="img" aria-label="${escaped(label)}">${grid}${failures(first, x)}<polyline class="thin" points="${line(0.5)}"/><polyline class="thick" points="${line(0.99)}"/><text class="tick" x="${left}" y="${height + 10}">0 ms</text><text class="tick" x="${width - 8}" y="${height + 10}" text-anchor="end">${formatMs(axes.endMs)}</text></svg></div>`;
}

/** Bars of 16 pixels for a stretch in which everything failed. */
function failures({ slices }: SimulationResult, x: (ms: number) => string): string {
  const barWidth = ((width - left - 8) / Math.max(1, slices.length)).toFixed(1);
  return slices
    .filter(({ failed }) => failed > 0)
    .map(({ fromMs, failed, arrived }) => {
      const size = Math.max(1, (16 * failed) / Math.max(1, arrived));
      return `<rect class="error" x="${x(fromMs)}" y="${(bottom + 16 - size).toFixed(1)}" width="${barWidth}" height="${size.toFixed(1)}"/>`;
    })
    .join("");
}

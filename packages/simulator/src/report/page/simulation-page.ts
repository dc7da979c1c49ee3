import { columnsFor, spreadText } from "../columns.ts";
import { formatCount, formatMs, formatShare } from "../format.ts";
import type { CellReport, ContenderReport, SimulationReport } from "../report.ts";
import { type Panel, renderPanels } from "./bar-panels.ts";
import { escapeHtml } from "./escape-html.ts";
import { type Series, type Tick, renderLineChart } from "./line-chart.ts";
import { pageStyle } from "./page-style.ts";

/** One file with everything in it: nothing is fetched, so it can be mailed and opened anywhere. */
export function renderPage(report: SimulationReport): string {
  const warning = report.isPartial
    ? `<p class="warning">Interrupted: only what was finished is shown.</p>`
    : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(report.title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escapeHtml(report.title)}</h1>
<p>${escapeHtml(report.shows)}</p>
${warning}
${report.cells.map(renderCell).join("\n")}
<footer>Written by <code>evenkeel simulate</code>: production strategies under a virtual clock, the same
requests for every strategy, figures are medians over the seeds. The same seeds give the same file.</footer>
</body>
</html>
`;
}

function renderCell(cell: CellReport): string {
  const { name, facts, contenders } = cell;
  return `<section>
<h2>${escapeHtml(name)}</h2>
${facts.map((fact) => `<p>${escapeHtml(fact)}</p>`).join("\n")}
${bestLine(contenders)}
${summaryTable(contenders)}
<h3>Latency</h3>
${renderPanels("", latencyPanels(contenders))}
<h3>Latency by percentile</h3>
${spectrum(contenders)}
<h3>p99 over time</h3>
${overTime(contenders)}
<h3>Share of each backend</h3>
${shares(contenders)}
</section>`;
}

/** Least errors first, then least p99: what somebody who reads one line wants to know. */
function bestLine(contenders: readonly ContenderReport[]): string {
  const [best] = contenders
    .map(({ summary }) => summary)
    .toSorted(
      (one, other) =>
        one.errorRate.median - other.errorRate.median || one.p99Ms.median - other.p99Ms.median,
    );
  if (best === undefined) return "";
  return `<p class="best">Fewest errors, then least p99: ${escapeHtml(best.strategy)}, ${formatMs(best.p99Ms.median)}</p>`;
}

function summaryTable(contenders: readonly ContenderReport[]): string {
  const summaries = contenders.map(({ summary }) => summary);
  const columns = columnsFor(summaries);
  const rows = summaries.map((summary) => [
    summary.strategy,
    ...columns.map(({ spread, format }) => spreadText(spread(summary), format)),
  ]);
  return table(["strategy", ...columns.map(({ heading }) => heading)], rows);
}

function latencyPanels(contenders: readonly ContenderReport[]): readonly Panel[] {
  const measures = [
    ["p50", (at: ContenderReport) => at.summary.p50Ms.median],
    ["p99", (at: ContenderReport) => at.summary.p99Ms.median],
    ["p99.9", (at: ContenderReport) => at.summary.p999Ms.median],
  ] as const;
  return measures.map(([title, measure]) => ({
    title,
    format: formatMs,
    isLogarithmic: true,
    figures: contenders
      .map((contender) => ({ strategy: contender.summary.strategy, value: measure(contender) }))
      .toSorted((one, other) => one.value - other.value),
  }));
}

const quantiles = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995];

/** Percentiles by how rare they are: each nine takes the same room. */
function spectrum(contenders: readonly ContenderReport[]): string {
  const rarity = (quantile: number): number => -Math.log10(1 - quantile);
  const series = firstSeeds(contenders).map(({ name, result }): Series => ({
    name,
    points: quantiles.map((quantile) => [rarity(quantile), result.latency.quantile(quantile)]),
  }));
  const xTicks = [0.5, 0.9, 0.99, 0.999].map((quantile): Tick => {
    return {
      at: rarity(quantile),
      label: `p${(quantile * 100).toPrecision(quantile < 0.99 ? 2 : 3).replace(/\.0$/, "")}`,
    };
  });
  const chart = renderLineChart({
    series,
    xTicks,
    formatY: formatMs,
    label: "latency by percentile",
  });
  const rows = quantiles.map((quantile, at) => [
    `${(quantile * 100).toFixed(2).replace(/\.?0+$/, "")} %`,
    ...series.map(({ points }) => formatMs(points[at]?.[1] ?? 0)),
  ]);
  return chart + behind(["requests within", ...series.map(({ name }) => name)], rows);
}

function overTime(contenders: readonly ContenderReport[]): string {
  const series = firstSeeds(contenders).map(({ name, result }): Series => ({
    name,
    points: result.slices
      .filter(({ latency }) => latency.count > 0)
      .map(({ fromMs, latency }) => [fromMs / 1_000, latency.quantile(0.99)]),
  }));
  const end = Math.max(0, ...series.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const xTicks = [0, 0.25, 0.5, 0.75, 1].map((part): Tick => {
    return { at: end * part, label: `${(end * part).toFixed(end < 10 ? 1 : 0)} s` };
  });
  const chart = renderLineChart({ series, xTicks, formatY: formatMs, label: "p99 over time" });
  const longest = series.reduce<Series["points"]>(
    (most, { points }) => (points.length > most.length ? points : most),
    [],
  );
  const rows = longest.map(([second], at) => [
    `${second.toFixed(1)} s`,
    ...series.map(({ points }) => formatMs(points[at]?.[1] ?? 0)),
  ]);
  return chart + behind(["from", ...series.map(({ name }) => name)], rows);
}

function shares(contenders: readonly ContenderReport[]): string {
  const panels = contenders.map(({ summary }): Panel => ({
    title: summary.strategy,
    format: formatShare,
    isLogarithmic: false,
    figures: summary.backends.map(({ id, share }) => ({ strategy: id, value: share.median })),
  }));
  const ids = contenders[0]?.summary.backends.map(({ id }) => id) ?? [];
  const rows = ids.map((id, at) => [
    id,
    ...contenders.map(({ summary }) => formatShare(summary.backends[at]?.share.median ?? 0)),
  ]);
  const names = contenders.map(({ summary }) => summary.strategy);
  return `<details><summary>as bars</summary>${renderPanels("", panels)}</details>${table(["backend", ...names], rows)}`;
}

/** Lines are one run: a median of curves is nobody's curve. */
function firstSeeds(contenders: readonly ContenderReport[]) {
  return contenders.flatMap(({ summary, results }) => {
    const [result] = results;
    return result === undefined ? [] : [{ name: summary.strategy, result }];
  });
}

function behind(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return `<details><summary>as a table (one run, ${formatCount(rows.length)} rows)</summary>${table(heads, rows)}</details>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: "th" | "td", texts: readonly string[]): string =>
    `<tr>${texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("")}</tr>`;
  return `<div class="scroll"><table><thead>${cells("th", heads)}</thead><tbody>
${rows.map((row) => cells("td", row)).join("\n")}
</tbody></table></div>`;
}

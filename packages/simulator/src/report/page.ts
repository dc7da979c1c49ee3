import { columnsFor, spreadText } from "./columns.ts";
import { errorChart, quantileChart } from "./charts.ts";
import { simulationDocument } from "./document.ts";
import { formatCount } from "./format.ts";
import { escaped, htmlTable } from "./markup.ts";
import type { CellReport, SimulationReport } from "./report.ts";
import { shareChart } from "./share-chart.ts";
import { timeCharts } from "./time-charts.ts";

/** Contrast of text and marks is at least 4.5:1 and 3:1 on either ground (WCAG 2.2). */
const style = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --quiet: #59636e; --line: #d5dae0;
  --one: #0b62c4; --two: #a34d00; --three: #6b3fa0; --bad: #c0262d; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181d; --ink: #e8ecf0; --quiet: #a3adb8;
  --line: #353c45; --one: #6cb0ff; --two: #f2a154; --three: #c4a0f5; --bad: #ff7b80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
p, figcaption { max-width: 44rem; } .quiet, figcaption, caption { color: var(--quiet); }
figcaption b { color: var(--ink); } figure { margin: 1.5rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
caption { text-align: left; padding: .25rem 0; }
th, td { padding: .25rem .75rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; font-variant-numeric: tabular-nums; }
th[scope="row"], th:first-child { text-align: left; }
svg { display: block; width: 100%; height: auto; font-size: 13px; }
svg text { fill: var(--ink); } svg .tick { fill: var(--quiet); font-size: 11px; }
.grid { stroke: var(--line); } .range { stroke: var(--quiet); stroke-width: 2; }
.p50 { fill: var(--one); } .p99 { fill: var(--two); } .p999 { fill: var(--three); }
.share { fill: var(--one); } .error { fill: var(--bad); }
polyline { fill: none; stroke: var(--one); } .thin { stroke-width: 1.25; stroke-dasharray: 4 2; }
.thick { stroke: var(--two); stroke-width: 2.5; }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
details { margin-top: .5rem; } summary { cursor: pointer; }
@media print { details::details-content { content-visibility: visible; block-size: auto; } }
`;

/** A whole page: no script, no request to anywhere, readable on a phone and on paper. */
export function renderPage(report: SimulationReport): string {
  const partial = report.isPartial
    ? "<p><b>Interrupted: only what was finished is shown.</b></p>"
    : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(report.title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(report.title)}</h1>
<p>${escaped(report.shows)}</p>
${partial}
${report.cells.map(renderCell).join("\n")}
<p class="quiet">Simulated by evenkeel with the strategies of the proxy itself. imbalance is the largest
share in relation to what the weights promise.</p>
<script type="application/json" id="result">${embedded(report)}</script>
</body>
</html>
`;
}

/** Data, not code: a policy without script-src lets it stand, and "<" cannot end it. */
function embedded(report: SimulationReport): string {
  return JSON.stringify(simulationDocument(report)).replaceAll("<", String.raw`\u003c`);
}

function renderCell(cell: CellReport): string {
  const facts = cell.facts.map((fact) => `<br>${escaped(fact)}`).join("");
  return `<section>
<h2>${escaped(cell.name)}</h2>
<p class="quiet">${countText(cell)}${facts}</p>
${overview(cell)}
${quantileChart(cell)}
${errorChart(cell)}
${shareChart(cell)}
${timeCharts(cell)}
</section>`;
}

function countText({ contenders }: CellReport): string {
  const [first] = contenders;
  if (first === undefined) return "";
  const { requests, seeds } = first.summary;
  return `${formatCount(requests)} requests counted, seeds ${seeds.join(", ")}`;
}

function overview({ contenders }: CellReport): string {
  const summaries = contenders.map(({ summary }) => summary);
  const shown = columnsFor(summaries);
  return htmlTable(
    "Median over the seeds [least–largest]",
    ["strategy", ...shown.map(({ heading }) => heading)],
    summaries.map((summary) => [
      summary.strategy,
      ...shown.map(({ spread, format }) => spreadText(spread(summary), format)),
    ]),
  );
}

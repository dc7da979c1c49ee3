/* Tables of the page: what is behind a chart, and what a report brings along. */
import type { ReportTable, ReportUnit } from "../report-document.ts";
import type { ChartSpec, HeatChart, LinesChart } from "./chart-spec.ts";
import { type ChartUnit, formatValue } from "./format-value.ts";
import { html, type Markup } from "./markup.ts";

/** The numbers of a chart, to be read instead of looked at. */
export function chartTable(chart: ChartSpec): Markup {
  return chart.kind === "lines" ? linesTable(chart) : heatTable(chart);
}

function linesTable({ x, y, lines, title }: LinesChart): Markup {
  const heading = x.unit === "seconds" ? "from" : x.label;
  const rows = x.values.map((value, index) => [
    isWholeSpectrum(x, index) ? "100 %" : formatValue(value, x.unit),
    ...lines.map((line) => formatValue(line.values[index], y.unit)),
  ]);
  return numbersTable(title, [heading, ...lines.map(({ name }) => name)], rows);
}

/** The last point of a spectrum is the largest value, which has no distance to 100 %. */
function isWholeSpectrum(x: LinesChart["x"], index: number): boolean {
  return x.unit === "nines" && index === x.values.length - 1;
}

/** Edges of the columns of a heat map's table, in microseconds; one more without an upper end. */
const edgesUs = [
  500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000,
];

function heatTable({ x, rows, cells, title }: HeatChart): Markup {
  const sums = x.values.map(() => Array.from({ length: edgesUs.length + 1 }, () => 0));
  for (const [at, row, count] of cells) {
    const highest = rows[row]?.[1] ?? 0;
    const edge = edgesUs.findIndex((us) => highest <= us);
    const column = edge === -1 ? edgesUs.length : edge;
    const sum = sums[at];
    if (sum !== undefined) sum[column] = (sum[column] ?? 0) + count;
  }
  const used = [...edgesUs, Infinity].map((_, column) => sums.some((sum) => sum[column] !== 0));
  const keepUsed = (_: string, column: number): boolean => used[column] === true;
  const headings = [
    ...edgesUs.map((us) => `≤ ${formatValue(us, "us")}`),
    `> ${formatValue(edgesUs.at(-1), "us")}`,
  ].filter(keepUsed);
  const body = x.values.map((value, index) => [
    formatValue(value, x.unit),
    ...(sums[index] ?? []).map((sum) => formatValue(sum, "count")).filter(keepUsed),
  ]);
  return numbersTable(`${title}: requests by latency`, ["from", ...headings], body);
}

function numbersTable(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): Markup {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${headings.map((heading) => html`<th scope="col" class="number">${heading}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([first = "", ...rest]) =>
          html`<tr>
            <th scope="row" class="number">${first}</th>
            ${rest.map((cell) => html`<td class="number">${cell}</td>`)}
          </tr> `,
      )}
    </tbody>
  </table>`;
}

/** A phone is about so many columns wide; beyond it every row is shown as a list. */
const mostColumnsOnPhone = 3;

/** A table of the report's own. */
export function reportTable({ title, columns, rows }: ReportTable): Markup {
  const cellOf = (value: string | number | null, column: number): Markup => {
    const { unit = "text", heading = "" } = columns[column] ?? {};
    if (unit === "text" || typeof value === "string") return textCell(value, column, heading);
    return html`<td data-label="${heading}" class="number">${formatValue(value, unit)}</td>`;
  };
  const shape = columns.length > mostColumnsOnPhone ? "stacked" : "narrow";
  return html`<div class="scroll">
    <table class="${shape}">
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          ${columns.map(
            ({ heading, unit }) => html`<th scope="col" class="${classOf(unit)}">${heading}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cellOf)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A text that begins with the sign of a verdict has its colour. */
function textCell(value: string | number | null, column: number, heading: string): Markup {
  const text = value === null ? "–" : String(value);
  if (column === 0) return html`<th scope="row">${text}</th>`;
  const tone = toneOfSign[text.slice(0, 2)];
  return tone === undefined
    ? html`<td data-label="${heading}">${text}</td>`
    : html`<td data-label="${heading}" class="said ${tone}">${text}</td>`;
}

const toneOfSign: Readonly<Record<string, string>> = {
  "✓": "pass",
  "✓ ": "pass",
  "✗": "fail",
  "✗ ": "fail",
  "! ": "doubt",
};

/** The class of a column's cells. */
export function classOf(unit: ReportUnit | ChartUnit | "text"): string {
  return unit === "text" ? "" : "number";
}

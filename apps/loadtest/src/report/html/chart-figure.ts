import type { ChartSpec, HeatChart, LinesChart } from "./chart-spec.ts";
import { chartTable } from "./data-tables.ts";
import { formatValue } from "./format-value.ts";
import { html, type Markup } from "./markup.ts";

/** A place for the page's script to draw in, its legend, and the numbers behind it. */
export function chartFigure(chart: ChartSpec): Markup {
  return html`<figure id="${chart.id}">
    <figcaption>${chart.title}</figcaption>
    ${chart.kind === "lines" ? linesLegend(chart) : heatLegend(chart)}
    <div
      class="plot"
      role="img"
      tabindex="0"
      aria-label="${chart.summary} Left and right arrows read the values."
    ></div>
    <output class="readout" for="${chart.id}">${chart.summary}</output>
    <details>
      <summary>Numbers of this chart</summary>
      <div class="scroll" tabindex="0">${chartTable(chart)}</div>
    </details>
  </figure> `;
}

function linesLegend({ lines, isStacked }: LinesChart): Markup {
  return html`<div class="legend">
    ${lines.map(
      ({ name, color, dash }, index) =>
        html`<button type="button" aria-pressed="true" data-line="${index}">
          ${swatch(color, isStacked ? "area" : dash)}${name}
        </button>`,
    )}
  </div>`;
}

/** A sample of a line or an area. */
export function swatch(color: string, look: "area" | readonly number[]): Markup {
  const shape =
    look === "area"
      ? html`<rect width="22" height="10" rx="2" fill="currentColor" />`
      : html`<line
          x1="0"
          y1="5"
          x2="22"
          y2="5"
          stroke="currentColor"
          stroke-width="3"
          stroke-dasharray="${look.join(" ")}"
        />`;
  return html`<svg class="swatch c-${color}" viewBox="0 0 22 10" aria-hidden="true">${shape}</svg>`;
}

function heatLegend({ id, most }: HeatChart): Markup {
  return html`<div class="legend">
    <span
      >1 request<svg
        class="scale"
        viewBox="0 0 90 10"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <defs>
          <linearGradient id="${id}-scale">
            <stop offset="0" class="heat-low" />
            <stop offset="0.5" class="heat-middle" />
            <stop offset="1" class="heat-high" />
          </linearGradient>
        </defs>
        <rect width="90" height="10" fill="url(#${id}-scale)" /></svg
      >${formatValue(most, "count")}</span
    >
  </div>`;
}

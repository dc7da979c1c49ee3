/* The part of the page that is about one run. */
import type {
  ReportCheck,
  ReportFault,
  ReportFigure,
  ReportRun,
  ReportThreshold,
} from "../report-document.ts";
import { backendsTable, outcomesTable } from "./bars.ts";
import { chartFigure } from "./chart-figure.ts";
import type { ChartSpec } from "./chart-spec.ts";
import { reportTable } from "./data-tables.ts";
import { spectrumChart } from "./distribution-charts.ts";
import { formatValue } from "./format-value.ts";
import { pageHeading, runHeading } from "./heading.ts";
import { ledgerSection } from "./ledger-section.ts";
import { html, type Markup } from "./markup.ts";
import { timeCharts } from "./time-charts.ts";
import { verdictBanner } from "./verdict.ts";

/** The charts of a run in the order of the page. */
export function chartsOf(run: ReportRun, number: number): ChartSpec[] {
  const idPrefix = `run${number}-`;
  const overTime = timeCharts(run, idPrefix);
  const spectrum = spectrumChart(run, idPrefix);
  const isLatency = ({ id }: ChartSpec): boolean => /-(?:rate|latency)$/.test(id);
  return [
    ...overTime.filter(isLatency),
    ...(spectrum === undefined ? [] : [spectrum]),
    ...overTime.filter((chart) => !isLatency(chart)),
  ];
}

/** Everything that a run shows; its verdict too where it is one of many. */
export function runSection(
  run: ReportRun,
  {
    number,
    isOneOfMany,
    charts,
  }: { number: number; isOneOfMany: boolean; charts: readonly ChartSpec[] },
): Markup {
  const heading = isOneOfMany ? runHeading : pageHeading;
  const title = isOneOfMany
    ? html`<h2 id="run${number}">${run.title}</h2>
        ${verdictBanner(run)}`
    : html``;
  return html`<section>
    ${title} ${figureList(run.figures)} ${thresholdTable(run.thresholds)} ${checkTable(run.checks)}
    ${run.tables.map(reportTable)} ${faultTable(run.faults, run.durationMs)}
    ${
      charts.length === 0
        ? html``
        : html`${heading("Charts")}
            <div class="charts">${charts.map(chartFigure)}</div>`
    }
    ${backendsTable(run, heading)} ${outcomesTable(run, heading)}
    ${ledgerSection(run.ledger, heading)}
  </section> `;
}

function figureList(figures: readonly ReportFigure[]): Markup {
  if (figures.length === 0) return html``;
  return html`<dl class="figures">
    ${figures.map(
      ({ name, value, unit }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${formatValue(value, unit)}</dd>
        </div> `,
    )}
  </dl>`;
}

const thresholdWords = {
  met: ["pass", "✓ met"],
  "not-met": ["fail", "✗ not met"],
  unknown: ["doubt", "? not measured"],
} as const;

function thresholdTable(thresholds: readonly ReportThreshold[]): Markup {
  if (thresholds.length === 0) return html``;
  return html`<div class="scroll">
    <table class="stacked">
      <caption>
        Thresholds
      </caption>
      <thead>
        <tr>
          <th scope="col">threshold</th>
          <th scope="col">measured</th>
          <th scope="col">verdict</th>
        </tr>
      </thead>
      <tbody>
        ${thresholds.map(({ text, value, verdict }) => {
          const [tone, word] = thresholdWords[verdict];
          return html`<tr>
            <th scope="row"><code>${text}</code></th>
            <td data-label="measured">${value}</td>
            <td data-label="verdict" class="word ${tone}">${word}</td>
          </tr> `;
        })}
      </tbody>
    </table>
  </div>`;
}

const checkWords = {
  pass: ["pass", "✓ within"],
  fail: ["fail", "✗ not kept"],
  "not-judged": ["not-judged", "· not judged"],
} as const;

function checkTable(checks: readonly ReportCheck[]): Markup {
  if (checks.length === 0) return html``;
  return html`<div class="scroll">
    <table class="stacked">
      <caption>
        Expected and measured
      </caption>
      <thead>
        <tr>
          <th scope="col">what</th>
          <th scope="col">expected</th>
          <th scope="col">measured</th>
          <th scope="col">verdict</th>
          <th scope="col">because</th>
        </tr>
      </thead>
      <tbody>
        ${checks.map(({ what, expected, measured, verdict, note }) => {
          const [tone, word] = checkWords[verdict];
          return html`<tr>
            <th scope="row">${what}</th>
            <td data-label="expected">${expected === "" ? "–" : expected}</td>
            <td data-label="measured">${measured === "" ? "–" : measured}</td>
            <td data-label="verdict" class="word ${tone}">${word}</td>
            <td data-label="because">${note}</td>
          </tr> `;
        })}
      </tbody>
    </table>
  </div>`;
}

function faultTable(faults: readonly ReportFault[], durationMs: number): Markup {
  if (faults.length === 0) return html``;
  return html`<div class="scroll">
    <table class="stacked">
      <caption>
        What was broken
      </caption>
      <thead>
        <tr>
          <th scope="col">fault</th>
          <th scope="col">backends</th>
          <th scope="col" class="number">from</th>
          <th scope="col" class="number">to</th>
        </tr>
      </thead>
      <tbody>
        ${faults.map(
          ({ fromMs, toMs, label, backends }) =>
            html`<tr>
              <th scope="row">${label}</th>
              <td data-label="backends">${backends.join(", ")}</td>
              <td data-label="from" class="number">${formatValue(fromMs / 1000, "seconds")}</td>
              <td data-label="to" class="number">
                ${toMs === null ? `the end, ${formatValue(durationMs / 1000, "seconds")}` : formatValue(toMs / 1000, "seconds")}
              </td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/* Tables with a bar in each row: no script needed, and as good on paper. */
import type { ReportBackend, ReportRun } from "../report-document.ts";
import { swatch } from "./chart-figure.ts";
import { formatValue } from "./format-value.ts";
import type { Heading } from "./heading.ts";
import { html, type Markup } from "./markup.ts";
import { backendColors, colorAt, otherColor } from "./backend-colors.ts";
import type { ChartColor } from "./chart-spec.ts";
import { outcomeColor } from "./time-charts.ts";

const verdicts = {
  within: ["pass", "✓ within"],
  outside: ["fail", "✗ outside"],
  "not-judged": ["not-judged", "–"],
} as const;

/** Every backend's share, beside what was expected of it. */
export function backendsTable(
  { backends, series }: Pick<ReportRun, "backends" | "series">,
  heading: Heading,
): Markup {
  if (backends.length === 0) return html``;
  const colors = series === null ? undefined : backendColors(series);
  const colorOf = (name: string, index: number): ChartColor =>
    colors === undefined ? colorAt(index) : (colors.get(name) ?? otherColor);
  const isJudged = backends.some(({ verdict }) => verdict !== "not-judged");
  const whole = Math.max(
    ...backends.map(({ share, mostShare }) => Math.max(share, mostShare ?? 0)),
  );
  const judged = isJudged
    ? html`<th scope="col" class="number">expected</th>
        <th scope="col" class="number">promised</th>
        <th scope="col">verdict</th>`
    : html``;
  const key = isJudged
    ? " The line is what was expected, the grey field what is still as promised."
    : "";
  return html`${heading("Share by backend")}
    <p class="quiet">Of the responses that named a backend.${key}</p>
    <div class="scroll">
      <table class="${isJudged ? "stacked" : "narrow"}">
        <caption>
          Backends
        </caption>
        <thead>
          <tr>
            <th scope="col">backend</th>
            <th scope="col" class="number">responses</th>
            <th scope="col" class="number">share</th>
            ${judged}
            <td></td>
          </tr>
        </thead>
        <tbody>
          ${backends.map((backend, index) => backendRow(backend, { color: colorOf(backend.name, index), isJudged, whole }))}
        </tbody>
      </table>
    </div>`;
}

function backendRow(
  backend: ReportBackend,
  { color, isJudged, whole }: { color: ChartColor; isJudged: boolean; whole: number },
): Markup {
  const { name, requests, share, expectedShare, leastShare, mostShare, verdict, note } = backend;
  const [tone, word] = verdicts[verdict];
  const promised =
    leastShare === null || mostShare === null
      ? "–"
      : `${formatValue(leastShare, "share")} to ${formatValue(mostShare, "share")}`;
  const judged = isJudged
    ? html`<td data-label="expected" class="number">${formatValue(expectedShare, "share")}</td>
        <td data-label="promised" class="number">${promised}</td>
        <td data-label="verdict" class="word ${tone}">${note === "" ? word : `✗ ${note}`}</td>`
    : html``;
  return html`<tr>
    <th scope="row">${swatch(color, "area")}${name}</th>
    <td data-label="responses" class="number">${formatValue(requests, "count")}</td>
    <td data-label="share" class="number">${formatValue(share, "share")}</td>
    ${judged}
    <td class="bar-cell">${shareBar(backend, color, whole)}</td>
  </tr> `;
}

function shareBar(
  { share, expectedShare, leastShare, mostShare }: ReportBackend,
  color: string,
  whole: number,
): Markup {
  const at = (fraction: number): string => ((fraction / (whole || 1)) * 100).toFixed(2);
  const promised =
    leastShare === null || mostShare === null
      ? html``
      : html`<rect
          class="promised"
          x="${at(leastShare)}"
          width="${at(mostShare - leastShare)}"
          height="16"
        />`;
  const expected =
    expectedShare === null
      ? html``
      : html`<line
          class="expected"
          x1="${at(expectedShare)}"
          x2="${at(expectedShare)}"
          y1="0"
          y2="16"
        />`;
  return html`<svg
    class="bar c-${color}"
    viewBox="0 0 100 16"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    ${promised}
    <rect y="4" width="${at(share)}" height="8" fill="currentColor" />
    ${expected}
  </svg>`;
}

/** How requests ended, all of them. */
export function outcomesTable(
  { statuses, errors }: Pick<ReportRun, "statuses" | "errors">,
  heading: Heading,
): Markup {
  const rows = [
    ...Object.entries(statuses).map(([status, count]) => ({
      name: status,
      count,
      color: outcomeColor(`${status.slice(0, 1)}xx`),
    })),
    ...Object.entries(errors).map(([reason, count]) => ({
      name: reason,
      count,
      color: outcomeColor(reason),
    })),
  ].filter(({ count }) => count > 0);
  if (rows.length === 0) return html``;
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  return html`${heading("Statuses and errors")}
    <div class="scroll">
      <table>
        <caption>
          How requests ended
        </caption>
        <thead>
          <tr>
            <th scope="col">status or error</th>
            <th scope="col" class="number">requests</th>
            <th scope="col" class="number">share</th>
            <td></td>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, count, color }) =>
              html`<tr>
                <th scope="row">${swatch(color, "area")}${name}</th>
                <td class="number">${formatValue(count, "count")}</td>
                <td class="number">${formatValue(count / all, "share")}</td>
                <td class="bar-cell">
                  <svg
                    class="bar c-${color}"
                    viewBox="0 0 100 16"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                  >
                    <rect
                      y="4"
                      width="${((count / all) * 100).toFixed(2)}"
                      height="8"
                      fill="currentColor"
                    />
                  </svg>
                </td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

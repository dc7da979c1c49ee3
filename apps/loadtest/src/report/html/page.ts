/*
 * A report as one page that needs nothing but itself: style, script, uPlot and data are in it, and its policy
 * forbids the browser to load anything. Without script it still has every number.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reportElementId } from "../read-report.ts";
import type { ReportDocument, ReportEnvironment } from "../report-document.ts";
import { chartFigure } from "./chart-figure.ts";
import { reportTable } from "./data-tables.ts";
import { curveChart } from "./distribution-charts.ts";
import { formatValue } from "./format-value.ts";
import { html, jsonElement, type Markup, rawElement } from "./markup.ts";
import { chartsOf, runSection } from "./run-section.ts";
import { verdictBanner, verdictWords } from "./verdict.ts";

/** The whole page. */
export function renderPage(report: ReportDocument): string {
  const assets = loadAssets();
  const curves = report.curves.map((curve, index) => curveChart(curve, `curve${index + 1}`));
  const charts = report.runs.map((run, index) => chartsOf(run, index + 1));
  const isMany = report.runs.length > 1;
  const word = report.partial ? "Interrupted" : verdictWords[report.verdict.kind].slice(2);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policyFor(assets)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="generator" content="Evenkeel ${report.environment.version ?? ""}" />
        <title>${word}: ${report.title}</title>
        <link rel="icon" href="data:," />
        ${rawElement("style", assets.style)}
      </head>
      <body>
        <main>
          <p class="kind">Evenkeel load test · ${report.kind}</p>
          <h1>${report.title}</h1>
          ${verdictBanner(report)} ${facts(report)} ${remarks(report)}
          ${isMany ? contents(report) : html``} ${report.tables.map(reportTable)}
          ${
            curves.length === 0
              ? html``
              : html`<div class="charts">${curves.map(chartFigure)}</div>`
          }
          ${report.runs.map((run, index) =>
            runSection(run, {
              number: index + 1,
              isOneOfMany: isMany,
              charts: charts[index] ?? [],
            }),
          )}
          ${environmentSection(report.environment)}
          <footer>
            Latencies are of complete responses. A request counts in the interval in which it was
            due; only the achieved rate counts responses when they came. Made by Evenkeel; charts by
            uPlot (MIT).
          </footer>
        </main>
        <noscript
          ><p class="quiet">Charts need JavaScript; every number is in the tables.</p></noscript
        >
        ${jsonElement(reportElementId, report)}
        ${jsonElement("charts", [...curves, ...charts.flat()])}
        ${rawElement("script", assets.script)}
      </body>
    </html> `.text;
}

function facts({ target, command, startedAt, durationMs }: ReportDocument): Markup {
  const started = `${startedAt.slice(0, 10)} ${startedAt.slice(11, 19)} UTC`;
  return html`<dl class="facts">
    <dt>Target</dt>
    <dd><code>${target}</code></dd>
    <dt>Started</dt>
    <dd>
      <time datetime="${startedAt}">${started}</time>, ran for
      ${formatValue(durationMs / 1000, "seconds")}
    </dd>
    <dt>Command</dt>
    <dd><code>${command}</code></dd>
  </dl>`;
}

function remarks({ notes, warnings }: ReportDocument): Markup {
  return html`${warnings.map((text) => html`<p class="doubt">Warning: ${text}</p>`)}${notes.map(
    (text) => html`<p class="quiet">Note: ${text}</p>`,
  )}`;
}

function contents({ runs }: ReportDocument): Markup {
  return html`<nav aria-label="Runs">
    <ul>
      ${runs.map(
        ({ title, verdict }, index) =>
          html`<li>
            <a href="#run${index + 1}">${title}</a>
            <span class="${verdict.kind}">${verdictWords[verdict.kind]}</span>
          </li>`,
      )}
    </ul>
  </nav>`;
}

function environmentSection(environment: ReportEnvironment): Markup {
  const { version, commit, node, os, cpu, cores, memoryBytes } = environment;
  const own = `${version ?? "unknown"}${commit === null ? "" : ` (commit ${commit})`}`;
  return html`<h2>Environment</h2>
    <dl class="facts">
      <dt>Evenkeel</dt>
      <dd>${own}</dd>
      <dt>Node</dt>
      <dd>${node}</dd>
      <dt>System</dt>
      <dd>${os}</dd>
      <dt>Processor</dt>
      <dd>${cores} × ${cpu}</dd>
      <dt>Memory</dt>
      <dd>${formatValue(memoryBytes, "bytes")}</dd>
    </dl>`;
}

interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Read when a page is written: a run that writes none does not pay for it. */
function loadAssets(): Assets {
  const own = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
  const uplot = (name: string): string =>
    readFileSync(fileURLToPath(import.meta.resolve(`uplot/dist/${name}`)), "utf8");
  return {
    style: `${uplot("uPlot.min.css")}\n${own("page.css")}`,
    script: own("page-script.generated.js").replace("/* uPlot */", () =>
      uplot("uPlot.iife.min.js"),
    ),
  };
}

/** Nothing is loaded, and nothing runs but what was written here. */
function policyFor({ style, script }: Assets): string {
  const hash = (text: string): string =>
    `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

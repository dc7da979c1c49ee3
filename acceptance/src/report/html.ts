import type { Figure } from "../case.ts";
import { exitCodeOf } from "../exit-codes.ts";
import {
  type CaseResult,
  type CaseVerdict,
  repeatCommand,
  type SuiteResult,
  verdictText,
} from "../run/case-result.ts";
import type { Evidence } from "../stage/stage.ts";
import { environment } from "./document.ts";
import { pageStyle } from "./page-style.ts";
import { secondsText } from "./text.ts";

const words: Readonly<Record<CaseVerdict, string>> = {
  pass: "✓ passed",
  fail: "✗ failed",
  error: "✗ not checked",
  invalid: "~ invalid",
  pending: "· pending",
  interrupted: "· interrupted",
};

/** One page with everything, that needs nothing else: no script, no network, no other file. */
export function htmlPage(result: SuiteResult): string {
  const groups = [...new Set(result.cases.map(({ case: { group } }) => group))];
  const sections = groups.map((group) => {
    return groupSection(
      group,
      result.cases.filter((one) => one.case.group === group),
    );
  });
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Evenkeel acceptance: ${escaped(verdictText(result.cases))}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<h1>Evenkeel acceptance</h1>
${banner(result)}
${brokenList(result)}
${groupTable(groups, result)}
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function banner(result: SuiteResult): string {
  const code = exitCodeOf(result);
  const kind = code === 0 ? "pass" : code === 99 ? "fail" : "invalid";
  const verdict = { pass: "Every promise was kept", fail: "Broken", invalid: "No verdict" }[kind];
  const { node, platform, cores, cpu } = environment();
  const facts = [
    `started ${result.startedAt}`,
    `took ${secondsText(result.durationMs)}`,
    `Node ${node}, ${platform}`,
    `${cores} × ${cpu}`,
  ];
  return `<p class="banner ${kind}"><strong>${verdict}.</strong> ${escaped(verdictText(result.cases))}${result.isPartial ? " (interrupted)" : ""}</p>
<p class="facts">${facts.map(escaped).join(" · ")}</p>`;
}

/** What a reader looks for first. */
function brokenList({ cases }: SuiteResult): string {
  const broken = cases.filter(({ verdict }) => ["fail", "error", "invalid"].includes(verdict));
  if (broken.length === 0) return "";
  const items = broken.map(({ case: { id, sentence }, verdict, round }) => {
    return `<li class="${verdict}"><span class="verdict">${words[verdict]}</span> <a href="#${id}-${round}">${escaped(sentence)}</a></li>`;
  });
  return `<ul class="broken">${items.join("\n")}</ul>`;
}

function groupTable(groups: readonly string[], { cases }: SuiteResult): string {
  const rows = groups.map((group) => {
    const own = cases.filter((one) => one.case.group === group);
    const ms = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const link = `<a href="#${group}">${group}</a>`;
    return `<tr><th scope="row">${link}</th><td>${escaped(verdictText(own))}</td><td class="number">${secondsText(ms)}</td></tr>`;
  });
  return `<table class="groups"><caption>By group</caption>
<thead><tr><th scope="col">Group</th><th scope="col">Verdicts</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table>`;
}

function groupSection(group: string, results: readonly CaseResult[]): string {
  const head = ["Verdict", "Promise", "Measured", "Time"];
  const cells = head.map((name) => `<th scope="col">${name}</th>`).join("");
  return `<section id="${group}"><h2>${group}</h2>
<div class="wide"><table><thead><tr>${cells}</tr></thead><tbody>
${results.map(caseRow).join("\n")}
</tbody></table></div></section>`;
}

function caseRow(result: CaseResult): string {
  const { id, sentence, limitMs } = result.case;
  const round = result.round > 1 ? ` #${result.round}` : "";
  const time = result.verdict === "pending" ? "" : secondsText(result.durationMs);
  return `<tr class="${result.verdict}" id="${id}-${result.round}"><td class="verdict">${words[result.verdict]}</td>
<td>${escaped(sentence)}<br><code>${id}${round}</code>${details(result)}</td>
<td>${figureList(result.figures)}</td>
<td class="number">${time}<br><small>≤ ${limitMs / 1000} s</small></td></tr>`;
}

function figureList(figures: readonly Figure[]): string {
  if (figures.length === 0) return "";
  const items = figures.map(({ name, value, bound }) => {
    const limit = bound === undefined ? "" : ` <small>${escaped(bound)}</small>`;
    return `<li>${escaped(name)} <b>${escaped(value)}</b>${limit}</li>`;
  });
  return `<ul>${items.join("")}</ul>`;
}

function details(result: CaseResult): string {
  const notes = result.notes.map((note) => `<p class="note">${escaped(note)}</p>`).join("");
  if (result.verdict === "pass") return notes;
  if (result.verdict === "pending") return `<p class="note">${escaped(result.problem)}</p>`;
  const logs = result.evidence.map(logDetails).join("");
  return `<pre class="problem">${escaped(result.problem)}</pre>${notes}
<p>Again: <code>${escaped(repeatCommand(result.case))}</code></p>${logs}`;
}

function logDetails({ title, text }: Evidence): string {
  return `<details><summary><code>${escaped(title)}</code></summary><pre>${escaped(text)}</pre></details>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
}

import { styleText } from "node:util";
import type { Figure } from "../case.ts";
import type { Evidence } from "../stage/stage.ts";
import {
  type CaseResult,
  type CaseVerdict,
  repeatCommand,
  type SuiteResult,
  verdictText,
} from "../run/case-result.ts";

const signs: Readonly<Record<CaseVerdict, string>> = {
  pass: "✓",
  fail: "✗",
  error: "✗",
  invalid: "~",
  pending: "·",
  interrupted: "·",
};

const colours = {
  pass: "green",
  fail: "red",
  error: "red",
  invalid: "yellow",
  pending: "dim",
  interrupted: "yellow",
} as const;

/** `most − fewest 1 (≤ 1); …` */
export function figureText(figures: readonly Figure[]): string {
  return figures
    .map(({ name, value, bound }) => `${name} ${value}${bound === undefined ? "" : ` (${bound})`}`)
    .join("; ");
}

/** `1.2 s` */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** One line for a case, and for one that did not pass everything that is known of it. */
export function caseLines(result: CaseResult, idWidth: number): readonly string[] {
  const { verdict, figures, notes, round } = result;
  const sign = styleText(colours[verdict], signs[verdict]);
  const { id, sentence } = result.case;
  const time = verdict === "pending" ? "" : secondsText(result.durationMs);
  const words = verdict === "pass" ? figureText(figures) : result.problem.split("\n")[0];
  const name = round > 1 ? `${id} #${round}` : id;
  const line = `${sign} ${name.padEnd(idWidth)} ${time.padStart(7)}  ${words}`.trimEnd();
  const noted = notes.map((note) => `    note: ${note}`);
  if (verdict === "pass" || verdict === "pending") return [line, ...noted];
  return [
    line,
    `    promised: ${sentence}`,
    ...indented(result.problem),
    ...noted,
    ...result.evidence.flatMap(evidenceLines),
    `    again: ${repeatCommand(result.case)}`,
  ];
}

/** How it ended, in a line or two. */
export function summaryLines({ cases, durationMs, isPartial }: SuiteResult): readonly string[] {
  const invalid = cases.filter(({ verdict }) => verdict === "invalid").length;
  const broken = cases.filter(({ verdict }) => verdict === "fail" || verdict === "error");
  return [
    `${verdictText(cases)} in ${secondsText(durationMs)}`,
    ...broken.map(({ case: { id } }) => `  ✗ ${id}`),
    ...(invalid > 0 ? ["the machine was too busy to tell: run what is invalid again"] : []),
    ...(isPartial ? ["INTERRUPTED  partial result, not a verdict"] : []),
  ];
}

function evidenceLines({ title, text }: Evidence): string[] {
  return [`    ── ${title}`, ...indented(text)];
}

function indented(text: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => `       ${line}`);
}

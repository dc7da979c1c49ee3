import type { ReportContext } from "../report/report-context.ts";
import {
  type ReportDocument,
  reportSchemaName,
  type ReportTable,
  type ReportVerdict,
} from "../report/report-document.ts";
import { countVerdicts, type Scorecard } from "./scorecard.ts";
import { numberNotes, type NumberedCell } from "./table.ts";

/** The table as everybody shows it; `isStrict`: a check that was not kept is a failure. */
export function scorecardReport(
  scorecard: Scorecard,
  isStrict: boolean,
  context: ReportContext,
): ReportDocument {
  const { startedAt, durationMs, targets, isPartial } = scorecard;
  const names = targets.map(({ name }) => name).join(", ");
  return {
    schema: reportSchemaName,
    kind: "scorecard",
    title: `Scorecard: ${names}`,
    target: targets.map(({ name, version }) => `${name} ${version}`.trim()).join(", "),
    ...context,
    startedAt,
    durationMs,
    verdict: verdictOf(scorecard, isStrict),
    partial: isPartial,
    notes: ["✓ kept, ✗ not kept, – no such thing, or nobody can look, ! the check itself failed"],
    warnings: [],
    runs: [],
    curves: [],
    tables: tablesOf(scorecard),
  };
}

function verdictOf(scorecard: Scorecard, isStrict: boolean): ReportVerdict {
  const counts = scorecard.targets.map((_, column) => countVerdicts(scorecard, column));
  const { totals } = numberNotes(scorecard);
  const reasons = scorecard.targets.map(
    ({ name }, column) => `${name}: ${(totals[column] ?? "").replaceAll("  ", " · ")}`,
  );
  if (counts.some(({ error }) => error > 0)) return { kind: "invalid", reasons };
  if (!isStrict) return { kind: "not-judged", reasons };
  return { kind: counts.some(({ fail }) => fail > 0) ? "fail" : "pass", reasons };
}

function tablesOf(scorecard: Scorecard): ReportTable[] {
  const { groups, notes } = numberNotes(scorecard);
  const targets = scorecard.targets.map(({ name, version }) => `${name} ${version}`.trim());
  const columns = ["check", ...targets].map((heading) => ({ heading, unit: "text" as const }));
  const tables = groups.map(({ name, rows }) => ({
    title: name,
    columns,
    rows: rows.map(({ title, cells }) => [title, ...cells.map(cellText)]),
  }));
  return notes.length === 0 ? tables : [...tables, notesTable(notes)];
}

function notesTable(notes: readonly string[]): ReportTable {
  return {
    title: "Why",
    columns: [
      { heading: "note", unit: "text" },
      { heading: "what was seen", unit: "text" },
    ],
    rows: notes.map((note, index) => [`[${index + 1}]`, note]),
  };
}

function cellText({ text, footnote }: NumberedCell): string {
  return footnote === undefined ? text : `${text} [${footnote}]`;
}

import { formatAmount } from "../print/format.ts";
import type { Paint, Tone } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import type { Scorecard } from "./scorecard.ts";
import { type NumberedCell, numberNotes } from "./table.ts";

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const tones: Readonly<Record<NumberedCell["verdict"], Tone>> = {
  pass: "good",
  fail: "bad",
  "not-applicable": "quiet",
  error: "warning",
  missing: "quiet",
};

/** For a person to read, without a final newline. */
export function renderScorecard(scorecard: Scorecard, paint: Paint): string {
  const { targets, isPartial, durationMs } = scorecard;
  const { groups, notes, totals } = numberNotes(scorecard);
  const columns: Column[] = [
    { heading: "", align: "left" },
    ...targets.map(({ name, version }) => ({
      heading: `${name} ${version}`.trim(),
      align: "left" as const,
    })),
  ];
  const rows = groups.flatMap((group) => [
    [paint("strong", group.name)],
    ...group.rows.map(({ title, cells }) => [
      `  ${title}`,
      ...cells.map((cell) => renderCell(cell, paint)),
    ]),
  ]);
  const lines = renderTable(columns, [...rows, [""], [paint("strong", "total"), ...totals]]);
  return [
    ...lines,
    "",
    "✓ kept   ✗ not kept   – no such thing, or nobody can look   ! the check itself failed",
    ...notes.map((note, index) => `${superscript(index + 1)} ${note}`),
    "",
    ...(isPartial ? [paint("warning", "INTERRUPTED  some cells are missing")] : []),
    `${formatAmount(scorecard.rows.length, "check")} in ${(durationMs / 1000).toFixed(1)} s`,
  ].join("\n");
}

function renderCell({ verdict, text, footnote }: NumberedCell, paint: Paint): string {
  const mark = footnote === undefined ? "" : ` ${superscript(footnote)}`;
  return `${paint(tones[verdict], text)}${mark}`;
}

function superscript(number: number): string {
  return String(number).replace(/\d/g, (digit) => superscripts[Number(digit)] ?? digit);
}

import { columnsFor, spreadText } from "./columns.ts";
import { formatCount } from "./format.ts";
import type { CellReport, SimulationReport } from "./report.ts";

/** The report for a terminal. */
export function renderTable(report: SimulationReport): string {
  const cells = report.cells.flatMap((cell) => ["", ...renderCell(cell)]);
  const end = report.isPartial ? ["", "INTERRUPTED: only what was finished is shown."] : [];
  return [report.title, ...wrapped(report.shows), ...cells, ...end].join("\n");
}

function renderCell({ name, facts, contenders }: CellReport): readonly string[] {
  const summaries = contenders.map(({ summary }) => summary);
  const shown = columnsFor(summaries);
  const rows = summaries.map((summary) => [
    summary.strategy,
    ...shown.map(({ spread, format }) => format(spread(summary).median)),
  ]);
  const seeds = Math.max(0, ...summaries.map((summary) => summary.seeds.length));
  const requests = Math.max(0, ...summaries.map((summary) => summary.requests));
  return [
    `${name} · ${formatCount(requests)} requests counted × ${seeds} seed${seeds === 1 ? "" : "s, median"}`,
    ...facts,
    ...alignedRows([["strategy", ...shown.map(({ heading }) => heading)], ...rows]),
    ...spreadNote(summaries.length > 0 && seeds > 1, shown, summaries),
  ];
}

/** How far the seeds lie apart, for the figure that varies most. */
function spreadNote(
  isWanted: boolean,
  shown: ReturnType<typeof columnsFor>,
  summaries: Parameters<typeof columnsFor>[0],
): readonly string[] {
  const p99 = shown.find(({ heading }) => heading === "p99");
  if (!isWanted || p99 === undefined) return [];
  const widest = summaries.toSorted(
    (one, other) => width(p99.spread(other)) - width(p99.spread(one)),
  )[0];
  if (widest === undefined) return [];
  return [
    `widest p99 over the seeds: ${widest.strategy} ${spreadText(p99.spread(widest), p99.format)}`,
  ];
}

function width({ median, min, max }: { median: number; min: number; max: number }): number {
  return median === 0 ? 0 : (max - min) / median;
}

/** Names to the left, figures to the right. */
function alignedRows(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const length = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(length) : cell.padStart(length);
      })
      .join("  ")
      .trimEnd(),
  );
}

const lineLength = 100;

export function wrapped(text: string): readonly string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + 1 + word.length > lineLength) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return text === "" ? [] : lines;
}

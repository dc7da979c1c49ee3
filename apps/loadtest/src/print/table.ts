import { widthOf } from "./text-width.ts";

/** One column: its heading and the side its cells lean to. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** Rows under headings, columns three spaces apart. Cells may be painted; width ignores the paint. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const headings = columns.map((column) => column.heading);
  const widths = columns.map((_, i) =>
    Math.max(...[headings, ...rows].map((row) => widthOf(row[i] ?? ""))),
  );
  return [headings, ...rows].map((row) =>
    columns
      .map((column, i) => pad(row[i] ?? "", widths[i] ?? 0, column.align))
      .join("   ")
      .trimEnd(),
  );
}

function pad(cell: string, width: number, align: Column["align"]): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return align === "left" ? cell + space : space + cell;
}

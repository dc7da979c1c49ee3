import { rangeOf } from "../measure/statistics.ts";
import { showRange } from "../report/profile-table.ts";
import type { Table } from "../report/table.ts";
import { isControl, type Result } from "./subject.ts";

/** One table for each group of results. */
export interface TitledTable {
  readonly title: string;
  readonly table: Table;
}

/** Groups in the order in which they were measured. */
export function microTables(results: readonly Result[]): TitledTable[] {
  return [...Map.groupBy(results, ({ group }) => group)].map(([title, rows]) => {
    return { title, table: groupTable(rows) };
  });
}

function groupTable(results: readonly Result[]): Table {
  const countsBytes = results.some(({ bytes }) => bytes > 0);
  const control = results.find(isControl)?.contender ?? "";
  return {
    header: [
      "input",
      "who",
      "ns (min–max)",
      "per second",
      ...(countsBytes ? ["MB/s"] : []),
      "heap bytes",
      `× ${control}`,
    ],
    rows: results.map((result) => [
      result.name,
      result.contender,
      ...costCells(result, countsBytes),
      ratioCell(result, results),
    ]),
  };
}

function costCells(result: Result, countsBytes: boolean): string[] {
  const range = rangeOf(result.nanoseconds);
  const { median } = range;
  const megabytes = (result.bytes * 1e9) / median / 1e6;
  return [
    showRange(range, median < 100 ? 1 : 0),
    Math.round(1e9 / median).toLocaleString("en-US"),
    ...(countsBytes ? [Math.round(megabytes).toLocaleString("en-US")] : []),
    Math.round(result.allocatedBytes).toLocaleString("en-US"),
  ];
}

/** How many times the control's speed, round by round: above 1 is faster. */
function ratioCell(result: Result, all: readonly Result[]): string {
  if (isControl(result)) return "";
  const control = all.find((other) => isControl(other) && other.name === result.name);
  if (control === undefined) return "";
  const ratios = result.nanoseconds.flatMap((own, round) => {
    const other = control.nanoseconds[round];
    return other === undefined ? [] : [other / own];
  });
  return rangeOf(ratios).median.toFixed(2);
}

import { percentile, rangeOf } from "../measure/statistics.ts";
import type { Table } from "../report/table.ts";
import { isControl, type Result } from "./subject.ts";

/** The same code in two modules, or in two runs, differs by up to this: how it lies in memory. */
const LEAST_CHANGE = 0.12;

export type Verdict = "faster" | "slower" | "";

/** One subject in both runs. */
export interface Comparison {
  readonly group: string;
  readonly name: string;
  readonly contender: string;
  readonly oldNs: number;
  readonly newNs: number;
  /** Old time over new time: above 1 is faster now. */
  readonly ratio: number;
  readonly verdict: Verdict;
}

/** Two runs beside each other. */
export interface RunComparison {
  readonly rows: readonly Comparison[];
  /** How far subjects moved whose code is the same in both runs (1.05: up to 5 %). */
  readonly drift: number;
  /** Subjects that only one of the runs has. */
  readonly unmatched: number;
}

/**
 * Compares what both runs measured. A change counts when it is larger than what the controls moved
 * between the runs, and when the middle halves of both runs' rounds lie apart.
 */
export function compareRuns(before: readonly Result[], after: readonly Result[]): RunComparison {
  const pairs = after.flatMap((now) => {
    const old = before.find((other) => idOf(other) === idOf(now));
    return old === undefined ? [] : [{ old, now }];
  });
  const controls = pairs.filter(({ now }) => isControl(now)).map(({ old, now }) => ratio(old, now));
  const moves = controls.map((move) => Math.max(move, 1 / move));
  const drift = moves.length === 0 ? 1 : rangeOf(moves).median;
  const rows = pairs.map(({ old, now }) => ({
    group: now.group,
    name: now.name,
    contender: now.contender,
    oldNs: median(old),
    newNs: median(now),
    ratio: ratio(old, now),
    verdict: isControl(now) ? ("" as const) : verdict(old, now, drift),
  }));
  return { rows, drift, unmatched: before.length + after.length - 2 * pairs.length };
}

/** The comparison as a table, changes beyond noise marked in the last column. */
export function compareTable({ rows }: RunComparison): Table {
  return {
    header: ["input", "who", "group", "old ns", "new ns", "old/new", "beyond noise"],
    rows: rows.map((row) => [
      row.name,
      row.contender,
      row.group,
      showNs(row.oldNs),
      showNs(row.newNs),
      row.ratio.toFixed(2),
      row.verdict,
    ]),
  };
}

function showNs(value: number): string {
  const digits = value < 100 ? 1 : 0;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function verdict(old: Result, now: Result, drift: number): Verdict {
  const change = ratio(old, now);
  const least = Math.max(drift, 1 + LEAST_CHANGE);
  if (Math.max(change, 1 / change) <= least) return "";
  const [oldLow, oldHigh] = middleHalf(old);
  const [nowLow, nowHigh] = middleHalf(now);
  if (nowHigh < oldLow) return "faster";
  return nowLow > oldHigh ? "slower" : "";
}

function middleHalf({ nanoseconds }: Result): [low: number, high: number] {
  const sorted = nanoseconds.toSorted((left, right) => left - right);
  return [percentile(sorted, 0.25), percentile(sorted, 0.75)];
}

function ratio(old: Result, now: Result): number {
  return median(old) / median(now);
}

function median({ nanoseconds }: Result): number {
  return rangeOf(nanoseconds).median;
}

function idOf({ group, name, contender }: Result): string {
  return JSON.stringify([group, name, contender]);
}

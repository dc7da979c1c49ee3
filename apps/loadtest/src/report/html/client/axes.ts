import type { ChartAxis, ChartSpec } from "../chart-spec.ts";
import { type ChartUnit, formatValue } from "../format-value.ts";
import type { Theme } from "./theme.ts";

const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif';

/** Both axes of a chart. */
export function axesOf({ x, y }: Pick<ChartSpec, "x" | "y">, theme: Theme): uPlot.Axis[] {
  const common = {
    stroke: theme.soft,
    grid: { stroke: theme.rule, width: 1 },
    ticks: { stroke: theme.rule, width: 1, size: 4 },
    font,
    labelFont: font,
    labelSize: 18,
    labelGap: 0,
  };
  return [
    { ...common, ...scaleMarks(x), label: x.label, size: 30, space: 56 },
    { ...common, ...scaleMarks(y), label: y.label, size: 62, space: y.isLog ? 14 : 30 },
  ];
}

/** Where an axis has its marks and what they say. */
function scaleMarks({ unit, isLog }: ChartAxis): Partial<uPlot.Axis> {
  const values = (_: uPlot, splits: number[]): string[] =>
    splits.map((value) => markText(value, unit, splits));
  if (!isLog) return unit === "seconds" ? { values, incrs: secondSteps } : { values };
  const splits = (u: uPlot, _axis: number, min: number, max: number): number[] =>
    unit === "nines" ? nineMarks(max, u.width) : logMarks(min, max);
  return { splits, values, filter: (_, marks) => marks };
}

const secondSteps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800,
];

/** `0 s` beside `5:00` would be two ways to say it on one axis. */
function markText(value: number | null, unit: ChartUnit, splits: readonly number[]): string {
  if (value === null) return "";
  if (unit === "seconds" && value < 120 && (splits.at(-1) ?? 0) >= 120) {
    return `${Math.floor(value / 60)}:${String(Math.round(value % 60)).padStart(2, "0")}`;
  }
  return formatValue(value, unit);
}

/** 50 % is too near to 0 % for a phone, and seven nines are too many marks for any width. */
function nineMarks(max: number, width: number): number[] {
  const marks = [1, ...(width > 420 ? [2] : []), 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8];
  return marks.filter((nines) => nines <= max);
}

/** 1, 2 and 5 of every decade, or only 1 where there are more than three of them. */
function logMarks(min: number, max: number): number[] {
  const decades = Math.log10(max / min);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
    for (const step of steps) marks.push(step * 10 ** power);
  }
  return marks.filter((mark) => mark >= min && mark <= max);
}

/** A range with a little room; a logarithmic one ends where its values do, not at the next power of ten. */
export function rangeOf({ isLog }: ChartAxis): uPlot.Scale.Range {
  return (_, min, max) => {
    if (min === null || max === null) return isLog ? [1, 10] : [0, 1];
    if (isLog) return [Math.max(min, 1e-9) / 1.25, Math.max(max, min * 1.5) * 1.45];
    return [Math.min(0, min), max <= 0 ? 1 : max * 1.15];
  };
}

/** How uPlot spreads an axis's values; its enumeration exists for the compiler only. */
export function distributionOf({ isLog }: ChartAxis): uPlot.Scale.Distr {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum of a .d.ts has no values
  return isLog ? 3 : 1;
}

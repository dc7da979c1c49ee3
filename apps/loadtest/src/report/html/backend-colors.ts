import type { ReportSeries } from "../report-document.ts";
import { type ChartColor, chartColors } from "./chart-spec.ts";

/** Of all that have no colour of their own. */
export const otherColor: ChartColor = "grey";

const ownColors = chartColors.filter((color) => color !== otherColor);

/** The n-th colour of things that are alike; they repeat when there are many. */
export function colorAt(index: number): ChartColor {
  return ownColors[index % ownColors.length] ?? otherColor;
}

/**
 * A colour for each backend, in the order of their names. Of more than there are colours the busiest have
 * one: nobody tells fifty apart.
 */
export function backendColors({
  backends,
}: Pick<ReportSeries, "backends">): ReadonlyMap<string, ChartColor> {
  const totalOf = (name: string): number =>
    (backends[name] ?? []).reduce((sum, count) => sum + count, 0);
  const names = Object.keys(backends);
  const busiest = new Set(
    names.toSorted((a, b) => totalOf(b) - totalOf(a)).slice(0, ownColors.length),
  );
  const colored = names.filter((name) => busiest.has(name));
  return new Map(colored.map((name, index) => [name, colorAt(index)]));
}

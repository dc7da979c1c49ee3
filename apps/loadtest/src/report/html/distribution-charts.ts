/* The charts of one run, and of a whole report, that are not over time. Pure. */
import { percentileLines, valueAt } from "../percentiles.ts";
import type { ReportCurve, ReportLatency, ReportRun } from "../report-document.ts";
import type { ChartLine, LinesChart } from "./chart-spec.ts";
import { formatValue } from "./format-value.ts";
import { colorAt } from "./backend-colors.ts";

/** Latency against percentile, the rare ones stretched; `undefined` where nothing was measured. */
export function spectrumChart(
  { latency, serviceTime }: Pick<ReportRun, "latency" | "serviceTime">,
  idPrefix: string,
): LinesChart | undefined {
  if (latency === null) return undefined;
  const levels = levelsOf(latency);
  const at = (measured: ReportLatency): number[] =>
    levels.map(({ percentile }) => valueAt(measured, percentile));
  const name = latency.from === "due" ? "from due" : "from sent";
  const lines: ChartLine[] = [{ name, color: "blue", dash: [], values: at(latency) }];
  if (serviceTime !== null) {
    lines.push({ name: "from sent", color: "orange", dash: [6, 4], values: at(serviceTime) });
  }
  return {
    kind: "lines",
    id: `${idPrefix}spectrum`,
    title: "Latency by percentile",
    summary: `Half of the requests took at most ${formatValue(valueAt(latency, 50), "us")}, 99 % at most ${formatValue(valueAt(latency, 99), "us")}.`,
    x: {
      label: "percentile",
      unit: "nines",
      isLog: true,
      values: levels.map(({ nines }) => nines),
      end: null,
    },
    y: { label: "latency", unit: "us", isLog: true },
    lines,
    isStacked: false,
    isStepped: false,
    bands: [],
    marks: [],
  };
}

/** The largest value has no 1/(1 − percentile); it is drawn where one request of all is. */
function levelsOf(latency: ReportLatency): { percentile: number; nines: number }[] {
  const last = Math.max(1, latency.count);
  const levels = percentileLines(latency)
    .map(({ percentile }) => ({ percentile, nines: 1 / (1 - percentile / 100) }))
    .filter(({ nines }) => nines < last);
  return [...levels, { percentile: 100, nines: last }];
}

/** A curve that a report brings along, such as a sweep's latency against load. */
export function curveChart(curve: ReportCurve, id: string): LinesChart {
  const xs = [...new Set(curve.lines.flatMap(({ points }) => points.map(([x]) => x)))];
  const values = xs.toSorted((a, b) => a - b);
  return {
    kind: "lines",
    id,
    title: curve.title,
    summary: `${curve.y.label} against ${curve.x.label}: ${curve.lines.map(({ name }) => name).join(", ")}.`,
    x: { ...curve.x, values, end: null },
    y: curve.y,
    lines: curve.lines.map(({ name, points }, index) => {
      const byX = new Map(points);
      return {
        name,
        color: colorAt(index),
        dash: [],
        values: values.map((x) => byX.get(x) ?? null),
      };
    }),
    isStacked: false,
    isStepped: false,
    bands: [],
    marks: curve.marks,
  };
}

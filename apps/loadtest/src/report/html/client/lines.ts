import type { ChartLine, LinesChart } from "../chart-spec.ts";
import { axesOf, distributionOf, rangeOf } from "./axes.ts";
import { drawBands, drawMarks } from "./bands.ts";
import type { Theme } from "./theme.ts";

type Values = (number | null)[];

/** What uPlot needs to draw lines or a stack of areas. */
export function linesOptions(chart: LinesChart, theme: Theme): Partial<uPlot.Options> {
  const { x, y, lines, isStacked } = chart;
  return {
    scales: {
      x: {
        time: false,
        distr: distributionOf(x),
        range: (_, min, max) => [min ?? 0, x.end ?? max ?? 1],
      },
      y: { distr: distributionOf(y), range: rangeOf(y) },
    },
    axes: axesOf(chart, theme),
    series: [{}, ...lines.map((line) => seriesOf(line, chart, theme))],
    ...(isStacked ? { bands: stackBands(lines.length) } : {}),
    hooks: {
      drawClear: [(u) => drawBands(u, chart.bands, theme)],
      draw: [(u) => drawMarks(u, chart.marks, theme)],
    },
  };
}

function seriesOf(
  { name, color, dash }: ChartLine,
  { isStacked, isStepped, lines, x }: LinesChart,
  theme: Theme,
): uPlot.Series {
  const stroke = theme.color(color);
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const isSparse = x.values.length < 3;
  return {
    label: name,
    stroke,
    // An area that is empty must not show as a line on top of the one below it.
    width: isStacked ? 0 : 1.75,
    spanGaps: false,
    points: {
      show: isSparse || (!isStepped && lines.length > 0 && x.values.length <= 40),
      size: 5,
    },
    ...(dash.length > 0 && !isStacked ? { dash: [...dash] } : {}),
    ...(isStacked ? { fill: `${stroke}c8` } : {}),
    ...(isStepped && stepped !== undefined ? { paths: stepped } : {}),
  };
}

/** Every area of a stack ends where the one below it begins. */
function stackBands(count: number): uPlot.Band[] {
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => ({
    series: [index + 2, index + 1],
  }));
}

/** The columns that uPlot draws; lines that are not shown leave a stack. */
export function linesData(chart: LinesChart, isShown: readonly boolean[]): uPlot.AlignedData {
  const { x, lines, isStacked, isStepped } = chart;
  const end = isStepped && x.end !== null && x.end > (x.values.at(-1) ?? 0) ? [x.end] : [];
  const columns = lines.map(({ values }) => (isStepped ? held(values, end.length) : [...values]));
  return [[...x.values, ...end], ...(isStacked ? stacked(columns, isShown) : columns)];
}

/** A step needs a value at its other end too: where the next one begins or is unknown, and at the end. */
function held(values: readonly (number | null)[], more: number): Values {
  const all = [...values, ...Array.from({ length: more }, () => null)];
  return all.map((value, index) => value ?? values[index - 1] ?? null);
}

function stacked(columns: readonly Values[], isShown: readonly boolean[]): Values[] {
  const sums: number[] = [];
  return columns.map((column, line) =>
    column.map((value, index) => {
      if (isShown[line] === true) sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return value === null ? null : (sums[index] ?? 0);
    }),
  );
}

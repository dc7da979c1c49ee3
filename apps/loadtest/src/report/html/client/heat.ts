import type { HeatChart } from "../chart-spec.ts";
import { axesOf, distributionOf } from "./axes.ts";
import { drawBands } from "./bands.ts";
import { heatColor, type Theme } from "./theme.ts";

/** What uPlot needs to draw a heat map: its axes, and cells instead of lines. */
export function heatOptions(chart: HeatChart, theme: Theme): Partial<uPlot.Options> {
  const [lowest = 1] = chart.rows[0] ?? [];
  const [, highest = 10] = chart.rows.at(-1) ?? [];
  return {
    scales: {
      x: { time: false, range: () => [chart.x.values[0] ?? 0, chart.x.end] },
      y: { distr: distributionOf(chart.y), range: () => [lowest / 1.15, highest * 1.15] },
    },
    axes: axesOf(chart, theme),
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: {
      drawClear: [(u) => drawBands(u, chart.bands, theme)],
      draw: [(u) => drawCells(u, chart, theme)],
    },
  };
}

/** The scales need values; these are never drawn. */
export function heatData({ x, rows }: HeatChart): uPlot.AlignedData {
  return [[...x.values], x.values.map(() => rows[0]?.[1] ?? 1)];
}

function drawCells(u: uPlot, { x, rows, cells, most }: HeatChart, theme: Theme): void {
  const { ctx, bbox } = u;
  const left = (index: number): number => u.valToPos(x.values[index] ?? x.end, "x", true);
  const top = (us: number): number => u.valToPos(us, "y", true);
  const logMost = Math.log(Math.max(2, most));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [at, row, count] of cells) {
    const [from = 1, to = 1] = rows[row] ?? [];
    const x0 = Math.floor(left(at));
    const x1 = Math.ceil(left(at + 1));
    const y0 = Math.floor(top(to));
    const y1 = Math.ceil(top(from));
    ctx.fillStyle = heatColor(theme.heat, Math.log(count) / logMost);
    ctx.fillRect(x0, y0, Math.max(1, x1 - x0), Math.max(1, y1 - y0));
  }
  ctx.restore();
}

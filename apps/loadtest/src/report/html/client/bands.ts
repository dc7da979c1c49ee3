import type { ChartBand, LinesChart } from "../chart-spec.ts";
import type { Theme } from "./theme.ts";

/** Shades what was broken when, behind everything else. */
export function drawBands(u: uPlot, bands: readonly ChartBand[], theme: Theme): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to, label } of bands) {
    const left = u.valToPos(from, "x", true);
    const width = Math.max(2, u.valToPos(to, "x", true) - left);
    ctx.fillStyle = theme.band;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = theme.bandEdge;
    ctx.fillRect(left, bbox.top, width, 2 * uPlot.pxRatio);
    drawLabel(u, label, { left, width }, theme);
  }
  ctx.restore();
}

/** As much of the label as the band has room for. */
function drawLabel(
  { ctx, bbox }: uPlot,
  label: string,
  { left, width }: { left: number; width: number },
  theme: Theme,
): void {
  const ratio = uPlot.pxRatio;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = theme.soft;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  const room = width - 8 * ratio;
  let text = label;
  while (text.length > 1 && ctx.measureText(text).width > room) text = `${text.slice(0, -2)}…`;
  if (text.length < Math.min(4, label.length)) return;
  ctx.fillText(text, left + 4 * ratio, bbox.top + 5 * ratio);
}

/** Vertical lines that are worth one, such as a knee. */
export function drawMarks(u: uPlot, marks: LinesChart["marks"], theme: Theme): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  for (const { x, label } of marks) {
    const left = u.valToPos(x, "x", true);
    const isInRightHalf = left > bbox.left + bbox.width / 2;
    ctx.save();
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = theme.ink;
    ctx.textAlign = isInRightHalf ? "right" : "left";
    ctx.textBaseline = "top";
    ctx.fillText(label, left + (isInRightHalf ? -5 : 5) * ratio, bbox.top + 4 * ratio);
    ctx.restore();
  }
}

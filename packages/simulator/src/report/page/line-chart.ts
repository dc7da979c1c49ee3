import { escapeHtml } from "./escape-html.ts";

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface LineChart {
  readonly series: readonly Series[];
  readonly xTicks: readonly Tick[];
  readonly formatY: (value: number) => string;
  readonly label: string;
}

const width = 720;
const height = 300;
const left = 66;
const right = 176;
const top = 12;
const bottom = 30;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;
const labelGap = 14;

/**
 * Lines over a logarithmic y axis, as what is compared lies decades apart. Each line is named at its
 * end, in the order of the ends, so that no legend has to be matched by colour alone.
 */
export function renderLineChart({ series, xTicks, formatY, label }: LineChart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const xs = drawn.flatMap(({ points }) => points.map(([x]) => x));
  const ys = drawn.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > 0);
  if (ys.length === 0) return "";
  const x = scale(Math.min(...xs), Math.max(...xs), left, left + plotWidth);
  const [low, high] = [Math.log(Math.min(...ys)), Math.log(Math.max(...ys) * 1.05)];
  const yOfLog = scale(low, high, top + plotHeight, top);
  const y = (value: number): number => yOfLog(Math.log(Math.max(value, Math.exp(low))));
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">
${decades(Math.exp(low), Math.exp(high))
  .map((value) => yTick(y(value), formatY(value)))
  .join("\n")}
${xTicks.map(({ at, label: text }) => xTick(x(at), text)).join("\n")}
${drawn.map((one, index) => path(one, index, x, y)).join("\n")}
${endLabels(drawn, y).join("\n")}
</svg>`;
}

type Scale = (value: number) => number;

function scale(from: number, to: number, start: number, end: number): Scale {
  return (value) => (to === from ? start : start + ((value - from) / (to - from)) * (end - start));
}

/** 1, 2 and 5 times the powers of ten between; at least two of them where there is any room. */
function decades(low: number, high: number): readonly number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of [1, 2, 5]) all.push(step * 10 ** power);
  }
  const inside = all.filter((value) => value >= low && value <= high);
  return inside.length > 7 ? inside.filter((value) => Number.isInteger(Math.log10(value))) : inside;
}

function yTick(y: number, text: string): string {
  return `<line class="grid" x1="${left}" x2="${left + plotWidth}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>
<text x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${escapeHtml(text)}</text>`;
}

function xTick(x: number, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${height - 10}" text-anchor="middle">${escapeHtml(text)}</text>`;
}

function path({ points }: Series, index: number, x: Scale, y: Scale): string {
  const steps = points.map(
    ([px, py], at) => `${at === 0 ? "M" : "L"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`,
  );
  return `<path class="line s${index % 8}" d="${steps.join("")}"/>`;
}

/** Pushed apart where lines end together. */
function endLabels(series: readonly Series[], y: Scale): readonly string[] {
  const ends = series
    .map(({ name, points }, index) => ({ name, index, at: y(points.at(-1)?.[1] ?? 0) }))
    .toSorted((one, other) => one.at - other.at);
  const room = top + plotHeight - (ends.length - 1) * labelGap;
  let next = top;
  return ends.map(({ name, index, at }, place) => {
    next = Math.max(next, Math.min(at, room + place * labelGap));
    const text = `<text class="s${index % 8}" x="${left + plotWidth + 8}" y="${(next + 4).toFixed(1)}">${escapeHtml(name)}</text>`;
    next += labelGap;
    return text;
  });
}

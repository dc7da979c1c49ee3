import { escapeHtml } from "./escape-html.ts";

/** One bar. */
export interface Figure {
  readonly strategy: string;
  readonly value: number;
}

export interface Panel {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly format: (value: number) => string;
  readonly isLogarithmic: boolean;
}

const width = 720;
const rowHeight = 20;
const titleHeight = 34;
const labelWidth = 250;
const valueWidth = 80;
const longestBar = width - labelWidth - valueWidth;

// A picture of its own: it may not assume the colours of the page that it stands in.
const style = `
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-weight: 600; fill: #111 }
  .bar { fill: #b8c4d6 }
  .own { fill: #1f6feb }
  .paper { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #c9d1d9 } .title { fill: #fff } .bar { fill: #3d4a5f } .paper { fill: #0d1117 }
  }`;

/** Horizontal bars, one panel under the other; the bars of `strategy` stand out. */
export function renderPanels(strategy: string, panels: readonly Panel[]): string {
  const heights = panels.map(({ figures }) => titleHeight + figures.length * rowHeight);
  const tops = heights.map((_, at) =>
    heights.slice(0, at).reduce((sum, height) => sum + height, 0),
  );
  const height = heights.reduce((sum, one) => sum + one, 12);
  const parts = panels.map((panel, at) => renderPanel(strategy, panel, tops[at] as number));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(strategy)} beside the others">
<style>${style}</style>
<rect class="paper" width="${width}" height="${height}"/>
${parts.join("\n")}
</svg>
`;
}

function renderPanel(strategy: string, panel: Panel, top: number): string {
  const rows = panel.figures.map((figure, index) => {
    const y = top + titleHeight + index * rowHeight;
    // Its own variants, such as another bound, belong to it too.
    const isOwn = figure.strategy === strategy || figure.strategy.startsWith(`${strategy},`);
    const bar = Math.max(1, longestBar * lengthOf(figure.value, panel));
    const baseline = y + 13;
    return `<text x="${labelWidth - 8}" y="${baseline}" text-anchor="end">${escapeHtml(figure.strategy)}</text>
<rect class="bar${isOwn ? " own" : ""}" x="${labelWidth}" y="${y + 2}" width="${bar.toFixed(1)}" height="${rowHeight - 5}" rx="2"/>
<text x="${(labelWidth + bar + 6).toFixed(1)}" y="${baseline}">${escapeHtml(panel.format(figure.value))}</text>`;
  });
  const scale = panel.isLogarithmic ? " (logarithmic)" : "";
  const title = `<text class="title" x="12" y="${top + 22}">${escapeHtml(panel.title + scale)}</text>`;
  return [title, ...rows].join("\n");
}

/** 0 to 1. A logarithmic bar begins at half of the least value: a decade is a decade in every panel. */
function lengthOf(value: number, { figures, isLogarithmic }: Panel): number {
  const values = figures.map((figure) => figure.value);
  const most = Math.max(...values);
  if (!isLogarithmic) return most === 0 ? 0 : value / most;
  const origin = Math.min(...values) / 2;
  return Math.log(value / origin) / Math.log(most / origin);
}

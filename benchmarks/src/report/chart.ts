/** One bar; `min` and `max` draw the whisker over its end. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly isOurs: boolean;
}

/** Bars on one scale under a title. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 18;
const ROW_HEIGHT = 26;
const TITLE_HEIGHT = 34;
const PADDING = 16;
const PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH - 2 * PADDING;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; }
    .value { font-variant-numeric: tabular-nums; }
    .ours { fill: #0b7285; } .other { fill: #adb5bd; } .whisker { stroke: #495057; stroke-width: 1.5; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .ours { fill: #3bc9db; } .other { fill: #5c636a; } .whisker { stroke: #ced4da; }
    }
  `;

/** Horizontal bars as an SVG document, each panel on its own scale from zero; fits light and dark pages. */
export function renderChart(heading: string, panels: readonly Panel[]): string {
  const parts: string[] = [];
  let y = PADDING;
  parts.push(`  <text class="title" x="${PADDING}" y="${y + 14}">${escape(heading)}</text>`);
  y += 24;
  for (const panel of panels) {
    parts.push(renderPanel(panel, y));
    y += TITLE_HEIGHT + panel.bars.length * ROW_HEIGHT;
  }
  const height = y + PADDING;
  const size = `viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escape(heading)}">
  <style>${STYLE}</style>
${parts.join("\n")}
</svg>
`;
}

function renderPanel({ title, bars }: Panel, top: number): string {
  const greatest = Math.max(...bars.map((bar) => bar.max));
  const heading = `  <text x="${PADDING}" y="${top + 22}">${escape(title)}</text>`;
  const rows = bars.map((bar, index) =>
    renderBar(bar, top + TITLE_HEIGHT + index * ROW_HEIGHT, PLOT_WIDTH / greatest),
  );
  return [heading, ...rows].join("\n");
}

function renderBar(bar: Bar, y: number, scale: number): string {
  const left = PADDING + LABEL_WIDTH;
  const at = (value: number): string => (left + value * scale).toFixed(1);
  const middle = y + BAR_HEIGHT / 2;
  const width = (bar.value * scale).toFixed(1);
  const style = bar.isOurs ? "ours" : "other";
  const number = Math.round(bar.value).toLocaleString("en-US");
  return `  <text x="${left - 8}" y="${y + 14}" text-anchor="end">${escape(bar.label)}</text>
  <rect class="${style}" x="${left}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>
  <line class="whisker" x1="${at(bar.min)}" y1="${middle}" x2="${at(bar.max)}" y2="${middle}"/>
  <text class="value" x="${(left + bar.max * scale + 8).toFixed(1)}" y="${y + 14}">${number}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

import { formatRatio, formatShare } from "./format.ts";
import { escaped, figure, htmlTable } from "./markup.ts";
import type { CellReport } from "./report.ts";
import type { Summary } from "./summary.ts";

const width = 640;
const nameWidth = 200;
const rowHeight = 26;
const mostColumns = 40;

/** One square per backend and strategy: the more it got in relation to an even share, the fuller. */
export function shareChart({ contenders }: CellReport): string {
  const summaries = contenders.map(({ summary }) => summary);
  const count = summaries[0]?.backends.length ?? 0;
  if (count === 0 || count > mostColumns) return "";
  const largest = Math.max(
    ...summaries.flatMap(({ backends }) => backends.map(({ share }) => share.median)),
  );
  const size = Math.min(22, (width - nameWidth - 10) / count - 2);
  const rows = summaries.map((summary, index) => row(summary, index, size, largest));
  const label = `Largest share of one backend: ${formatShare(largest)}`;
  const svg = `<svg viewBox="0 0 ${width} ${summaries.length * rowHeight + 8}" role="img" aria-label="${escaped(label)}">${rows.join("")}</svg>`;
  const ids = summaries[0]?.backends.map(({ id }) => id) ?? [];
  const table = htmlTable(
    "Share of the attempts that each backend got",
    ["strategy", ...ids],
    summaries.map(({ strategy, backends }) => [
      strategy,
      ...backends.map(({ share }) => formatShare(share.median)),
    ]),
  );
  return figure(
    "Who got how much",
    "A square per backend, in the order of the pool; its area is its share of the attempts.",
    svg,
    table,
  );
}

function row(summary: Summary, index: number, size: number, largest: number): string {
  const y = index * rowHeight + rowHeight / 2 + 2;
  const squares = summary.backends.map(({ id, share }, slot) => {
    const side = largest === 0 ? 0 : size * Math.sqrt(share.median / largest);
    const x = nameWidth + slot * (size + 2) + (size - side) / 2;
    return `<rect class="share" x="${x.toFixed(1)}" y="${(y - side / 2).toFixed(1)}" width="${side.toFixed(1)}" height="${side.toFixed(1)}"><title>${escaped(id)} ${formatShare(share.median)}</title></rect>`;
  });
  const name = `${summary.strategy} (${formatRatio(summary.imbalance.median)})`;
  return `<text x="${nameWidth - 10}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>${squares.join("")}`;
}

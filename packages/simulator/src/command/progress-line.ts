import type { Progress } from "./run-report.ts";

const eraseLine = "\r\u001B[2K";
const barWidth = 24;

/** One line, redrawn in place, on a terminal only. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Removes the line, so that what follows starts clean. */
  clear(): void;
}

export function createProgressLine(stream: NodeJS.WriteStream, isWanted: boolean): ProgressLine {
  if (!isWanted || !stream.isTTY) return { show() {}, clear() {} };
  let shown = "";
  return {
    show(progress) {
      const line = renderProgress(progress, stream.columns);
      if (line === shown) return;
      shown = line;
      stream.write(eraseLine + line);
    },
    clear() {
      if (shown !== "") stream.write(eraseLine);
      shown = "";
    },
  };
}

/** `simulating [########................]  34 %  load 0.8 · peak-ewma` */
export function renderProgress({ done, total, cell, strategy }: Progress, columns = 80): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = "#".repeat(filled) + ".".repeat(barWidth - filled);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `simulating [${bar}] ${percent} %  ${cell} · ${strategy}`.slice(0, columns - 1);
}

import type { Progress } from "../engine/messages.ts";
import { formatCount, formatSeconds } from "./format.ts";

/** One line about a run under way, redrawn in place. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Removes the line, so that what follows starts clean. */
  clear(): void;
}

const eraseLine = "\r\u001B[2K";
const barWidth = 24;

/** Draws on `stream` when it is a terminal, and does nothing otherwise. */
export function createProgressLine(stream: NodeJS.WriteStream, isWanted: boolean): ProgressLine {
  if (!isWanted || !stream.isTTY) return { show() {}, clear() {} };
  let isShown = false;
  return {
    show(progress) {
      isShown = true;
      stream.write(eraseLine + renderProgress(progress));
    },
    clear() {
      if (isShown) stream.write(eraseLine);
      isShown = false;
    },
  };
}

/** `measuring [########................]  34 %  340 of 1,000 requests, 0.25 s` */
export function renderProgress(progress: Progress): string {
  const { phase, completed, requests, elapsedMs } = progress;
  const of = requests === undefined ? "" : ` of ${formatCount(requests)}`;
  const count = `${formatCount(completed)}${of} requests, ${formatSeconds(elapsedMs)}`;
  const done = fractionDone(progress);
  if (done === undefined) return `${phase}  ${count}`;
  const filled = Math.round(done * barWidth);
  const bar = "#".repeat(filled) + ".".repeat(barWidth - filled);
  return `${phase} [${bar}] ${String(Math.floor(done * 100)).padStart(3)} %  ${count}`;
}

/** Whichever limit is nearer: the run ends at the first of them. */
function fractionDone({
  completed,
  requests,
  elapsedMs,
  durationMs,
}: Progress): number | undefined {
  const parts = [
    ...(requests === undefined ? [] : [completed / requests]),
    ...(durationMs === undefined ? [] : [elapsedMs / durationMs]),
  ];
  return parts.length === 0 ? undefined : Math.min(1, Math.max(...parts));
}

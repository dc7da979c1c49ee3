import type { ScorecardProgress } from "./run-scorecard.ts";
import { signs } from "./table.ts";

const eraseLine = "\r\u001B[2K";

/** Says what is being checked: a line redrawn in place on a terminal, a line per finished cell elsewhere. */
export function createScorecardProgress(
  stream: NodeJS.WriteStream,
  isWanted: boolean,
): { show(progress: ScorecardProgress): void; clear(): void } {
  if (!isWanted) return { show() {}, clear() {} };
  if (stream.isTTY) {
    return {
      show: (progress) => void stream.write(eraseLine + progressLine(progress)),
      clear: () => void stream.write(eraseLine),
    };
  }
  return {
    show(progress) {
      if (progress.finding !== undefined) stream.write(`${progressLine(progress)}\n`);
    },
    clear() {},
  };
}

/** `[ 12/152] nginx: kill -9: GETs failed  ✓ 0 of 400` */
export function progressLine({ target, check, finding, done, of }: ScorecardProgress): string {
  const count = `[${String(done).padStart(String(of).length)}/${of}]`;
  const found = finding === undefined ? " …" : `  ${signs[finding.verdict]} ${finding.value}`;
  return `${count} ${target}: ${check.title}${found}`.trimEnd();
}

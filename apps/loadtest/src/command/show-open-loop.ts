import type { OpenLoopProgress } from "../engine/open-loop-messages.ts";
import type { ProgressLine } from "../print/progress-line.ts";

/** Draws an open loop's progress on `line`. */
export function showOpenLoop(line: ProgressLine): (progress: OpenLoopProgress) => void {
  return ({ ended, elapsedMs, durationMs }) => {
    line.show({ phase: "measuring", completed: ended, requests: undefined, elapsedMs, durationMs });
  };
}

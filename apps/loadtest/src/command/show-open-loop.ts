import type { OpenLoopProgress } from "../engine/open-loop-messages.ts";
import type { LiveView } from "../print/live-view.ts";

/** Draws an open loop's progress on `line`. */
export function showOpenLoop(line: LiveView): (progress: OpenLoopProgress) => void {
  return ({ ended, elapsedMs, durationMs, glimpse }) => {
    line.show({
      phase: "measuring",
      completed: ended,
      requests: undefined,
      elapsedMs,
      durationMs,
      glimpse,
    });
  };
}

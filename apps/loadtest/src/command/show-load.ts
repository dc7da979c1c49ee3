import type { LoadPlan } from "../load/load-plan.ts";
import { RateCurve } from "../load/rate-curve.ts";
import type { LoadProgress } from "../load/start-load.ts";
import type { ProgressLine } from "../print/progress-line.ts";

/** Draws a load's progress on `line`. */
export function showLoad(
  line: ProgressLine,
  { shape, warmupMs }: LoadPlan,
): (progress: LoadProgress) => void {
  const measuredMs =
    shape.loop === "open" ? new RateCurve(shape.stages).durationMs : shape.durationMs;
  return ({ phase, elapsedMs, totals }) => {
    const { responses, errors, aborted } = totals.counts;
    line.show({
      phase,
      completed: responses + errors + aborted,
      requests: phase === "warm-up" ? undefined : shape.requests,
      elapsedMs,
      durationMs: phase === "warm-up" ? warmupMs : measuredMs,
    });
  };
}

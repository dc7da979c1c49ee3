import type { LoadPlan } from "../load/load-plan.ts";
import { RateCurve } from "../load/rate-curve.ts";
import type { Glimpse } from "../observation/glimpse.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import type { LoadProgress } from "../load/start-load.ts";
import type { LiveView } from "../print/live-view.ts";

/** Draws a load's progress on `line`. */
export function showLoad(
  line: LiveView,
  { shape, warmupMs }: LoadPlan,
): (progress: LoadProgress) => void {
  const measuredMs =
    shape.loop === "open" ? new RateCurve(shape.stages).durationMs : shape.durationMs;
  return ({ phase, elapsedMs, totals, inFlight }) => {
    const { responses, errors, aborted } = totals.counts;
    const completed = responses + errors + aborted;
    if (phase === "measuring") {
      const glimpse = glimpseOf(totals, inFlight);
      const { requests } = shape;
      line.show({ phase, completed, requests, elapsedMs, durationMs: measuredMs, glimpse });
    } else {
      // Until the workers are ready there is nothing to measure, with a warm-up or without.
      const isWarmUp = warmupMs > 0;
      line.show({
        phase: isWarmUp ? "warm-up" : "starting",
        completed,
        requests: undefined,
        elapsedMs,
        durationMs: isWarmUp ? warmupMs : undefined,
      });
    }
  };
}

/** The last row that is complete is a second in a run of minutes, and longer in a run of hours. */
function glimpseOf(totals: LoadProgress["totals"], inFlight: number): Glimpse {
  const { counts, failed, backends, series } = totals;
  const latency = new LatencyHistogram();
  const row = series.rows.at(-2) ?? series.rows.at(-1);
  if (row !== undefined) latency.addSparse(row.latencyUs);
  const at = (percentile: number): number | null =>
    latency.count === 0 ? null : latency.percentile(percentile);
  return {
    offered: counts.due,
    achieved: counts.responses,
    failed,
    dropped: counts.dropped,
    inFlight,
    backends: new Map(backends),
    p50Us: at(50),
    p99Us: at(99),
  };
}

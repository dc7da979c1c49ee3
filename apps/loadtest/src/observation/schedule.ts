import type { OpenLoopResult } from "../engine/open-loop-messages.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

/**
 * An open loop promises a schedule. When the generator itself could not keep it, the latencies are its own
 * and the run is invalid. The limits are those of the design: a lag of 5 ms, or a tenth of the
 * median latency where that is more, and an event loop that is busy nine tenths of the time.
 */
export const scheduleLimits: {
  readonly lagMs: number;
  readonly lagShareOfMedian: number;
  readonly utilization: number;
} = { lagMs: 5, lagShareOfMedian: 0.1, utilization: 0.9 };

/** Why the generator broke its promise, one sentence each; empty when it kept it. */
export function scheduleBreaches(
  result: Pick<OpenLoopResult, "lagUs" | "latencyUs" | "generatorUtilization">,
): string[] {
  const lagMs = new LatencyHistogram(result.lagUs).percentile(99) / 1000;
  const medianMs = new LatencyHistogram(result.latencyUs).percentile(50) / 1000;
  const allowedMs = Math.max(scheduleLimits.lagMs, scheduleLimits.lagShareOfMedian * medianMs);
  const breaches: string[] = [];
  if (lagMs > allowedMs) {
    breaches.push(
      `the generator was behind its own schedule: p99 lag ${lagMs.toFixed(1)} ms, allowed ${allowedMs.toFixed(1)} ms`,
    );
  }
  if (result.generatorUtilization > scheduleLimits.utilization) {
    const busy = (result.generatorUtilization * 100).toFixed(1);
    breaches.push(`the generator was busy ${busy} % of the time, more than 90 % allowed`);
  }
  return breaches;
}

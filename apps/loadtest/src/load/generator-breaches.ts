import { saturatedUtilization } from "../observation/warnings.ts";
import { scheduleLimits } from "../observation/schedule.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { LoadResult } from "./start-load.ts";

/**
 * Why the generator's own limits may be what was measured, one sentence each; empty when they were not. An
 * open loop promises a schedule, so it must not be late and must have room; a closed loop must only not be
 * what everybody waits for. The busiest worker counts: a late thread is late however idle its neighbours are.
 */
export function generatorBreaches(
  { shape }: Pick<LoadPlan, "shape">,
  { totals, utilizations }: Pick<LoadResult, "totals" | "utilizations">,
): string[] {
  const busiest = Math.max(0, ...utilizations);
  const busy = (busiest * 100).toFixed(1);
  if (shape.loop === "closed") {
    if (busiest <= saturatedUtilization) return [];
    return [
      `the generator was busy ${busy} % of the time: req/s and latencies are its own limit (more --workers, fewer --connections, or a --rate below it)`,
    ];
  }
  const lagMs = totals.lagUs.percentile(99) / 1000;
  const medianMs = totals.latencyUs.percentile(50) / 1000;
  const allowedMs = Math.max(scheduleLimits.lagMs, scheduleLimits.lagShareOfMedian * medianMs);
  return [
    ...(lagMs > allowedMs
      ? [
          `the generator was behind its own schedule: p99 lag ${lagMs.toFixed(1)} ms, allowed ${allowedMs.toFixed(1)} ms`,
        ]
      : []),
    ...(busiest > scheduleLimits.utilization
      ? [`the generator was busy ${busy} % of the time, more than 90 % allowed`]
      : []),
  ];
}

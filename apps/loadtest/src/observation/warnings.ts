import type { ClosedLoopPlan } from "../engine/plan.ts";
import type { Observation } from "./observation.ts";

/**
 * Above this the generator, not the target, may set the pace. In a closed loop that bends latencies and
 * req/s but no share, so it is a warning and not an invalid run.
 */
export const saturatedUtilization = 0.98;

/** Doubts about a closed-loop measurement itself, one sentence each. */
export function measurementWarnings(
  plan: Pick<ClosedLoopPlan, "url">,
  observation: Pick<Observation, "generatorUtilization">,
): string[] {
  const warnings: string[] = [];
  if (observation.generatorUtilization > saturatedUtilization) {
    const busy = (observation.generatorUtilization * 100).toFixed(1);
    warnings.push(
      `the load generator was busy ${busy} % of the time: latencies and req/s may be its own limit (shares are not affected)`,
    );
  }
  if (plan.url.startsWith("https:")) warnings.push("TLS certificates are not verified");
  return warnings;
}

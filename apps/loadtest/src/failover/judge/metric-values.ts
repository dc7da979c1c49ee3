import type { OpenLoopResult } from "../../engine/open-loop-messages.ts";
import { LatencyHistogram } from "../../observation/latency-histogram.ts";
import type { Reconciliation } from "../ledgers/reconcile.ts";
import type { FailoverMeasurement } from "./measure.ts";
import type { MetricValues } from "./thresholds.ts";

/** Every metric of one run, for thresholds. */
export function metricValues(
  { latencyUs }: Pick<OpenLoopResult, "latencyUs">,
  counts: Reconciliation,
  times: FailoverMeasurement,
): MetricValues {
  const latency = new LatencyHistogram(latencyUs);
  const { GET, POST } = counts.unsuccessful;
  const trafficEnds = times.trafficEndedAfterMs ?? Infinity;
  return {
    sent: counts.sent,
    failed: GET + POST,
    "failed-get": GET,
    "failed-post": POST,
    "late-failed": times.lateFailedShare,
    lost: counts.lost.length,
    doubled: counts.doubled?.length ?? null,
    unexplained: counts.unexplained?.length ?? null,
    unlogged: counts.unlogged?.length ?? null,
    dropped: counts.dropped,
    retries: counts.retries,
    "status-changes": times.statusChanges,
    failover: Math.max(0, times.lastFailure?.dueAfterMs ?? 0, trafficEnds),
    "traffic-ends": trafficEnds,
    "last-failure": times.lastFailure?.knownAfterMs ?? 0,
    readmission: times.readmittedAfterMs ?? Infinity,
    "first-success": times.firstSuccessAfterReturnMs ?? Infinity,
    latency,
  };
}

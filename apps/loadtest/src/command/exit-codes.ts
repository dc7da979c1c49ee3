import type { DistributionResult } from "../distribution/run-distribution.ts";

/** What the process says at the end. */
export const exitCodes: {
  /** Every share within tolerance, nothing failed. */
  readonly ok: 0;
  /** Unexpected: the target was never reachable, a file could not be written. */
  readonly failure: 1;
  readonly usage: 2;
  /** The generator could not keep the schedule it promised; a closed loop promises none. */
  readonly runInvalid: 3;
  /** A share beyond the tolerance, a request that failed, a backend nobody can name. */
  readonly thresholdNotMet: 99;
  readonly interrupted: 130;
} = { ok: 0, failure: 1, usage: 2, runInvalid: 3, thresholdNotMet: 99, interrupted: 130 };

/** An interrupted run has no verdict, whatever its counts look like. */
export function exitCodeOf(result: Pick<DistributionResult, "isPartial" | "verdict">): number {
  if (result.isPartial) return exitCodes.interrupted;
  return result.verdict.pass ? exitCodes.ok : exitCodes.thresholdNotMet;
}

import type { DistributionResult } from "../distribution/run-distribution.ts";

/** What the process says at the end. */
export const exitCodes: {
  /** Every share within tolerance, every threshold met, nothing failed that must not. */
  readonly ok: 0;
  /** Unexpected: the target was never reachable, a file could not be written. */
  readonly failure: 1;
  readonly usage: 2;
  /** The generator was the limit: late on the schedule that it promised, or busy all the time. */
  readonly runInvalid: 3;
  /** The configuration file has problems. */
  readonly badConfiguration: 78;
  /** A share beyond the tolerance, a threshold missed, a request that failed where none may. */
  readonly thresholdNotMet: 99;
  readonly interrupted: 130;
} = {
  ok: 0,
  failure: 1,
  usage: 2,
  runInvalid: 3,
  badConfiguration: 78,
  thresholdNotMet: 99,
  interrupted: 130,
};

/** An interrupted run has no verdict, whatever its counts look like. */
export function exitCodeOf(result: Pick<DistributionResult, "isPartial" | "verdict">): number {
  if (result.isPartial) return exitCodes.interrupted;
  return result.verdict.pass ? exitCodes.ok : exitCodes.thresholdNotMet;
}

/** An open loop that broke its own schedule shows nothing, whatever its numbers look like. */
export function openLoopExitCode(result: {
  readonly partial: boolean;
  readonly invalid: boolean;
  readonly pass: boolean;
}): number {
  if (result.partial) return exitCodes.interrupted;
  if (result.invalid) return exitCodes.runInvalid;
  return result.pass ? exitCodes.ok : exitCodes.thresholdNotMet;
}

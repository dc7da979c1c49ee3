import type { SuiteResult } from "./run/case-result.ts";

/** What the process says at the end; the codes are those of the other commands. */
export const exitCodes = {
  ok: 0,
  /** The suite itself failed: a report could not be written. */
  failure: 1,
  usage: 2,
  /** Nothing is broken, and the machine was too busy to tell of some promises whether they hold. */
  runInvalid: 3,
  /** At least one promise is broken, or could not be checked. */
  broken: 99,
  interrupted: 130,
} as const;

/** A broken promise weighs more than an invalid run; an interrupted run has no verdict. */
export function exitCodeOf({ cases, isPartial }: SuiteResult): number {
  if (isPartial) return exitCodes.interrupted;
  const verdicts = new Set(cases.map(({ verdict }) => verdict));
  if (verdicts.has("fail") || verdicts.has("error")) return exitCodes.broken;
  return verdicts.has("invalid") ? exitCodes.runInvalid : exitCodes.ok;
}

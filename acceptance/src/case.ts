import type { Stage } from "./stage/stage.ts";

/** What the cases are grouped by, in the order in which they run and are shown. */
export const groupNames = [
  "commands",
  "answers",
  "messages",
  "connections",
  "routing",
  "limits",
  "admin",
  "backend",
  "records",
  "lifecycle",
  "reload",
  "keys",
  "distribution",
  "sticky",
  "failover",
  "chaos",
] as const;

/** One of {@link groupNames}. */
export type GroupName = (typeof groupNames)[number];

/** Something that was measured, beside what it was allowed to be. */
export interface Figure {
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  readonly bound?: string;
}

/** One promise of the contract, and how it is checked on the real programs. */
export interface AcceptanceCase {
  /** `group/what`: what `--only` takes and what stays the same from run to run. */
  readonly id: string;
  readonly group: GroupName;
  /** What is promised, as a sentence without a full stop. */
  readonly sentence: string;
  /** It failed when it takes longer: several times what it takes on two quiet cores. */
  readonly limitMs: number;
  /** It measures times or fills the machine, so nothing else runs meanwhile. */
  readonly isAlone: boolean;
  /** Why it cannot hold yet; then it only runs with `--pending`. */
  readonly pending?: string;
  /** Throws what is wrong: an AssertionError for a broken promise, a RunInvalid for a run that shows nothing. */
  check(stage: Stage): Promise<readonly Figure[]>;
}

/**
 * Thrown where something had many times the time that it needs. On a machine that had no time for it that shows
 * nothing, and the run is invalid; on any other it is an error.
 */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** Thrown by a check whose run cannot tell: the machine was too busy. It is tried once more. */
export class RunInvalid extends Error {
  override readonly name = "RunInvalid";
}

import type { Check, Finding } from "./checks/check.ts";

/** One column. */
export interface ScoredTarget {
  readonly name: string;
  /** "" where it is not known. */
  readonly version: string;
}

/** One row: what one check found about each target, in the order of the columns. */
export interface ScorecardRow {
  readonly check: Pick<Check, "name" | "group" | "title" | "rule">;
  readonly findings: readonly Finding[];
}

/** Where the table was made. */
export interface ScorecardEnvironment {
  readonly node: string;
  /** `Linux 6.1 arm64` */
  readonly system: string;
  readonly cores: number;
}

/** Rows are checks, columns are targets. */
export interface Scorecard {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly environment: ScorecardEnvironment;
  readonly targets: readonly ScoredTarget[];
  readonly rows: readonly ScorecardRow[];
  /** Interrupted: some cells are missing. */
  readonly isPartial: boolean;
}

/** How many cells of a column have each verdict. */
export function countVerdicts(
  { rows }: Pick<Scorecard, "rows">,
  column: number,
): Readonly<Record<Finding["verdict"], number>> {
  const counts = { pass: 0, fail: 0, "not-applicable": 0, error: 0 };
  for (const { findings } of rows) {
    const finding = findings[column];
    if (finding !== undefined) counts[finding.verdict] += 1;
  }
  return counts;
}

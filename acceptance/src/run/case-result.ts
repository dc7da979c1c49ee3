import type { AcceptanceCase, Figure } from "../case.ts";
import type { Evidence } from "../stage/stage.ts";

/**
 * - `pass`: the promise was kept
 * - `fail`: it was broken
 * - `error`: it could not be checked, which is as bad
 * - `invalid`: twice the machine was too busy to tell
 * - `pending`: registered, and not run: what it checks is not built yet
 * - `interrupted`: Ctrl-C ended it
 */
export type CaseVerdict = "pass" | "fail" | "error" | "invalid" | "pending" | "interrupted";

/** One run of one case. */
export interface CaseResult {
  readonly case: Pick<AcceptanceCase, "id" | "group" | "sentence" | "limitMs">;
  /** From 1 to the number of `--repeat`. */
  readonly round: number;
  readonly verdict: CaseVerdict;
  readonly durationMs: number;
  readonly figures: readonly Figure[];
  /** What was wrong; "" when nothing was. */
  readonly problem: string;
  /** What a reader has to know besides, such as that it was tried twice. */
  readonly notes: readonly string[];
  /** Kept for what did not pass. */
  readonly evidence: readonly Evidence[];
}

/** A whole run of the suite. */
export interface SuiteResult {
  readonly startedAt: string;
  readonly durationMs: number;
  /** Interrupted: what is there is right, and some is missing. */
  readonly isPartial: boolean;
  readonly cases: readonly CaseResult[];
}

/** What to type to see it again. */
export function repeatCommand({ id }: Pick<AcceptanceCase, "id">): string {
  return `pnpm acceptance --only ${id}`;
}

/** How many results have each verdict. */
export function countVerdicts(
  results: readonly CaseResult[],
): Readonly<Record<CaseVerdict, number>> {
  const counts = { pass: 0, fail: 0, error: 0, invalid: 0, pending: 0, interrupted: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** `8 passed, 1 failed`: the verdicts that there were. */
export function verdictText(results: readonly CaseResult[]): string {
  const words = { pass: "passed", fail: "failed", error: "could not be checked" };
  const counts = countVerdicts(results);
  return (Object.keys(counts) as CaseVerdict[])
    .filter((verdict) => counts[verdict] > 0 || verdict === "pass")
    .map((verdict) => `${counts[verdict]} ${{ ...words }[verdict as "pass"] ?? verdict}`)
    .join(", ");
}

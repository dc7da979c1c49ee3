import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { AcceptanceCase, GroupName } from "./case.ts";

/** Fails the case unless the condition holds. `what` says what should have been, and what was. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionError({ message: what });
}

/** Fails the case unless both are the same value, or alike in every part. */
export function mustEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new AssertionError({
    message: `${what}: expected ${shown(expected)}, and it was ${shown(actual)}`,
  });
}

/** Fails the case unless the text has the form. */
export function mustMatch(text: string, pattern: RegExp, what: string): void {
  must(
    pattern.test(text),
    `${what}: expected ${String(pattern)} in ${shown(text.slice(0, 2_000))}`,
  );
}

/** What most cases have in common; each says the rest. */
type CaseDetails = Pick<AcceptanceCase, "sentence" | "check"> & Partial<AcceptanceCase>;

const usualLimitMs = 60_000;

/** A case that does not measure times, so that others may run beside it. */
export function caseOf(group: GroupName, name: string, details: CaseDetails): AcceptanceCase {
  return { id: `${group}/${name}`, group, limitMs: usualLimitMs, isAlone: false, ...details };
}

function shown(value: unknown): string {
  if (value instanceof Set || value instanceof Map) return shown([...value]);
  return JSON.stringify(value) ?? String(value);
}

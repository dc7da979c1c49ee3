import type { AcceptanceCase } from "./case.ts";

/** A flag or value that does not exist or makes no sense; its message is for the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * The cases that `--only` names: ids, groups, or either with `*` for any text (`answers/*timeout*`). An entry
 * that finds nothing is an error, else a typing mistake would be a suite that passes.
 */
export function chooseCases(
  cases: readonly AcceptanceCase[],
  only: readonly string[],
): readonly AcceptanceCase[] {
  if (only.length === 0) return cases;
  const chosen = new Set<AcceptanceCase>();
  for (const wanted of only) {
    const found = cases.filter((one) => isMeant(one, wanted));
    if (found.length === 0) throw new UsageError(nothingFor(wanted, cases));
    for (const one of found) chosen.add(one);
  }
  return cases.filter((one) => chosen.has(one));
}

function isMeant({ id, group }: AcceptanceCase, wanted: string): boolean {
  if (!wanted.includes("*")) return wanted === id || wanted === group;
  const parts = wanted
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(id);
}

function nothingFor(wanted: string, cases: readonly AcceptanceCase[]): string {
  const names = [...new Set(cases.flatMap(({ id, group }) => [id, group]))];
  const nearest = names.toSorted((a, b) => distance(wanted, a) - distance(wanted, b))[0] ?? "";
  return `--only: there is no case or group "${wanted}"; did you mean "${nearest}"? (--list shows all)`;
}

/** Levenshtein. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(one).entries()) {
    const next = [i + 1];
    for (const [j, otherLetter] of Array.from(other).entries()) {
      const replaced = (row[j] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** A whole number of a flag. */
export function wholeNumber(flag: string, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
    throw new UsageError(`${flag}: "${text}" is not a whole number from 1 to ${most}`);
  };
}

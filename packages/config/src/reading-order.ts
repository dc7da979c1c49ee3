import type { ConfigProblem } from "./problem.ts";

/** The file from top to bottom, then variables by name, then flags in the order they were given. */
export function inReadingOrder(
  problems: readonly ConfigProblem[],
  flags: readonly string[],
): ConfigProblem[] {
  const group = ({ file, line }: ConfigProblem): number => {
    if (line !== null) return 0;
    if (file === null) return 3;
    return flags.includes(file) ? 2 : 1;
  };
  const compare = (a: ConfigProblem, b: ConfigProblem): number =>
    group(a) - group(b) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    (group(a) === 2 ? flags.indexOf(a.file ?? "") - flags.indexOf(b.file ?? "") : 0) ||
    compareNames(a.file ?? "", b.file ?? "");
  return problems.toSorted(compare);
}

function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

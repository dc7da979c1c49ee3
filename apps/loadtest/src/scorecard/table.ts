import { printable } from "../print/format.ts";
import { checkGroups, type Finding } from "./checks/check.ts";
import { countVerdicts, type Scorecard } from "./scorecard.ts";

/** The sign of a verdict. Meaning is never in a colour alone. */
export const signs: Readonly<Record<Finding["verdict"], string>> = {
  pass: "✓",
  fail: "✗",
  "not-applicable": "–",
  error: "!",
};

/** The scorecard with its footnotes numbered, for whatever form it is printed in. */
export interface NumberedTable {
  readonly groups: readonly {
    readonly name: string;
    readonly rows: readonly { readonly title: string; readonly cells: readonly NumberedCell[] }[];
  }[];
  /** Footnote 1 first. */
  readonly notes: readonly string[];
  /** By column. */
  readonly totals: readonly string[];
}

export interface NumberedCell {
  readonly verdict: Finding["verdict"] | "missing";
  /** `✓ ±0.1 %` */
  readonly text: string;
  /** undefined: none. */
  readonly footnote: number | undefined;
}

/** Equal notes share a number. */
export function numberNotes(scorecard: Scorecard): NumberedTable {
  const { targets, rows } = scorecard;
  const notes: string[] = [];
  const groups = checkGroups
    .map((name) => ({
      name,
      rows: rows
        .filter(({ check }) => check.group === name)
        .map(({ check, findings }) => {
          const cells = targets.map((_, column) => {
            return cellOf(findings[column], (note) => numberOf(note, notes));
          });
          return { title: check.title, cells };
        }),
    }))
    .filter((group) => group.rows.length > 0);
  return { groups, notes, totals: targets.map((_, column) => totalOf(scorecard, column)) };
}

function cellOf(finding: Finding | undefined, numberOf: (note: string) => number): NumberedCell {
  if (finding === undefined) return { verdict: "missing", text: "", footnote: undefined };
  const { verdict, value, note } = finding;
  const text = printable(`${signs[verdict]} ${value}`.trim());
  return { verdict, text, footnote: note === undefined ? undefined : numberOf(printable(note)) };
}

function numberOf(note: string, notes: string[]): number {
  const known = notes.indexOf(note);
  return known === -1 ? notes.push(note) : known + 1;
}

function totalOf(scorecard: Scorecard, column: number): string {
  const counts = countVerdicts(scorecard, column);
  return (["pass", "fail", "not-applicable", "error"] as const)
    .filter((verdict) => verdict === "pass" || verdict === "fail" || counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${signs[verdict]}`)
    .join("  ");
}

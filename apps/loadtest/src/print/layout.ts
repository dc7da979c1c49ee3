/* What the texts of all checks have in common. */
import type { Paint } from "./paint.ts";

/** Two spaces in front of every line. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A sentence in lines of at most `columns` characters, those after the first indented by two. */
export function wrapped(text: string, columns: number = 100): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length > columns) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** `requests   5 sent`: names in a column of `width`; a name of "" goes on where the one above ended. */
export function labelled(
  rows: readonly (readonly [name: string, text: string])[],
  width: number,
): string[] {
  return rows.map(([name, text]) => `${name.padEnd(width)}${text}`);
}

/** A failed verdict: one line, and one more for each further reason. */
export function failLines(
  reasons: readonly string[],
  paint: Paint,
  word: string = paint("bad", "✗ FAIL"),
): string[] {
  const [first = "", ...rest] = reasons;
  return [`${word}  ${first}`, ...rest.map((reason) => `        ${reason}`)];
}

/** In front of whatever an interrupted run has to say. */
export function partialLines(isPartial: boolean, paint: Paint): string[] {
  return isPartial ? [paint("warning", "INTERRUPTED  partial result, not a verdict")] : [];
}

/** One for each reason why the generator itself spoiled the run. */
export function invalidLines(reasons: readonly string[], paint: Paint): string[] {
  return reasons.map((reason) => `${paint("bad", "✗ RUN INVALID")}  ${reason}`);
}

/** `✓`, `✗` or `?` for a threshold. */
export function thresholdMark(verdict: "met" | "not-met" | "unknown", paint: Paint): string {
  if (verdict === "unknown") return paint("warning", "?");
  return verdict === "met" ? paint("good", "✓") : paint("bad", "✗");
}

import { accepted, type Parsed, refused } from "../parsed.ts";

export const percentPattern: string = String.raw`^\d+(\.\d+)?%$`;

/** Reads `20%` as the share 0.2. More than 100 % is for the caller to refuse. */
export function parsePercent(text: string): Parsed<number> {
  if (new RegExp(percentPattern).test(text)) return accepted(Number(text.slice(0, -1)) / 100);
  const isBare = /^\d+(\.\d+)?$/.test(text);
  if (!isBare) return refused(`${JSON.stringify(text)} is not a percentage; write it like 20%`);
  return refused(`${text} has no % sign; write a percentage like 20%`);
}

/** Writes a share so that {@link parsePercent} reads it back: 1.25 is `125%`. */
export function formatPercent(share: number): string {
  // 0.07 * 100 is 7.000000000000001.
  return `${Number((share * 100).toPrecision(12))}%`;
}

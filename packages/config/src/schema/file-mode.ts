import { accepted, type Parsed, refused } from "../parsed.ts";

/** Reads `0660` or `660`: the permission bits of a file, in octal. */
export function parseFileMode(text: string): Parsed<number> {
  if (/^0?[0-7]{3}$/.test(text)) return accepted(Number.parseInt(text, 8));
  return refused(`${JSON.stringify(text)} is not a mode of three octal digits, such as "0660"`);
}

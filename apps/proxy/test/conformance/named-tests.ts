import { readFileSync } from "node:fs";

// The first argument of `test(` and its variants, or of a call of what `test.each(` and the like return.
const titled = /(?:\btest(?:\.concurrent)?|[\])])\(\s*(["`])((?:\\.|(?!\1)[^\\])*)\1,/g;

/** The titles of the tests in a source that do run, as they are written there. */
export function titlesIn(source: string): string[] {
  const off = /\.(?:skip|todo|fails|only)\b/.exec(source);
  if (off !== null) throw new Error(`${off[0]}: what does not run shows nothing`);
  return [...source.matchAll(titled)].map(([, , title]) => title as string);
}

/** How often a test is there that is named `file: title`. */
export function countNamed(entry: string): number {
  const end = entry.indexOf(": ");
  const file = new URL(`../${entry.slice(0, end)}.test.ts`, import.meta.url);
  const title = entry.slice(end + 2);
  return titlesIn(readFileSync(file, "utf8")).filter((written) => written === title).length;
}

import { stripVTControlCharacters } from "node:util";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Characters as a person counts them, paint not counted. */
export function widthOf(text: string): number {
  return charactersOf(stripVTControlCharacters(text)).length;
}

/** At most `width` characters of a text without paint, the last of them `…` where it was cut. */
export function shortened(text: string, width: number): string {
  const characters = charactersOf(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}

function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

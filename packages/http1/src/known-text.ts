/**
 * The text between two positions, as `known` where it is the same. Most messages say the same few things
 * in the same places, and a string that is there already costs no allocation, no entry in the collector's
 * list of young objects, and compares with itself by one look.
 */
export function knownOrSlice(text: string, start: number, end: number, known: string): string {
  return isTextAt(text, start, end, known) ? known : text.slice(start, end);
}

/** Whether exactly `expected` stands between two positions; makes no string. */
export function isTextAt(text: string, start: number, end: number, expected: string): boolean {
  if (end - start !== expected.length) return false;
  for (let at = 0; at < expected.length; at++) {
    if (text.charCodeAt(start + at) !== expected.charCodeAt(at)) return false;
  }
  return true;
}

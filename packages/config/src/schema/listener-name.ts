import { accepted, type Parsed, refused } from "../parsed.ts";

/** Reads the name by which routes call a listener. */
export function parseListenerName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text)) return accepted(text);
  return refused("a listener's name has 1 to 64 letters, digits, '.', '-' or '_'");
}

import { accepted, type Parsed, refused } from "../parsed.ts";
import type { StatusRange } from "../resolved-config.ts";

/** Reads `204` or `200-399`, both ends included. */
export function parseStatusRange(value: string | number): Parsed<StatusRange> {
  const match = /^(\d{3})(?:-(\d{3}))?$/.exec(String(value));
  if (match === null) {
    return refused(`${JSON.stringify(value)} is not a status; write it like 200 or 200-399`);
  }
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (from < 100 || to > 599) return refused("a status goes from 100 to 599");
  if (from > to) return refused(`${from}-${to} runs backwards`, `${to}-${from}`);
  return accepted({ from, to });
}

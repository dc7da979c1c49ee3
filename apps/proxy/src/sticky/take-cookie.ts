import { FieldId, type RequestParser } from "@evenkeel/http1";

/** More cookies of one name than this are somebody's attempt to make us work. */
const mostValues = 4;

export interface TakenCookie {
  /** As they came, the first four. */
  readonly values: readonly string[];
  /** What is left of all Cookie lines, as one line with its end; "" when nothing is. */
  readonly rest: string;
}

/**
 * Looks for the cookies of exactly this name (RFC 6265 4.2.1); null when there are none. Any text is
 * taken: what is no cookie belongs to the rest (security.md row 90).
 */
export function findCookie(request: RequestParser, name: string): TakenCookie | null {
  if (!request.fields.has(FieldId.protectedField)) return null;
  const lines = cookieLines(request);
  const start = `${name}=`;
  // Most clients that have no such cookie have others, and nothing is made of those.
  if (!lines.some((line) => line.includes(start))) return null;
  const pairs = lines.flatMap((line) => line.split(";")).map(trimmed);
  const own = pairs.filter((pair) => pair.startsWith(start));
  if (own.length === 0) return null;
  const values = own.slice(0, mostValues).map((pair) => pair.slice(start.length));
  const rest = pairs.filter((pair) => pair !== "" && !pair.startsWith(start)).join("; ");
  return { values, rest: rest === "" ? "" : `Cookie: ${rest}\r\n` };
}

/** Of blanks alone: a no-break space is a byte of somebody's value. */
function trimmed(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, "");
}

/** The next hop sees none of the lines. */
export function dropCookies(request: RequestParser): void {
  for (let index = 0; index < request.fields.count; index++) {
    if (isCookie(request, index)) request.fields.drop(index);
  }
}

function cookieLines(request: RequestParser): string[] {
  const { fields, text } = request;
  const lines: string[] = [];
  for (let index = 0; index < fields.count; index++) {
    if (!isCookie(request, index)) continue;
    lines.push(text.slice(fields.valueStart(index), fields.valueEnd(index)));
  }
  return lines;
}

/** Of the protected fields, only Cookie has six letters. */
function isCookie({ fields }: RequestParser, index: number): boolean {
  if (fields.id(index) !== FieldId.protectedField) return false;
  return fields.nameEnd(index) - fields.nameStart(index) === "cookie".length;
}

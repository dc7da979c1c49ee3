import type { RequestParser } from "@evenkeel/http1";

/** What routes and hash keys read of a request, byte for byte as it came. */
export type RequestValues = Pick<RequestParser, "target" | "fields" | "text">;

const equalsSign = 0x3d;
const ampersand = 0x26;

export function pathOf(target: string): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}

/** With its question mark, or "". */
export function queryOf(target: string): string {
  const start = target.indexOf("?");
  return start === -1 ? "" : target.slice(start);
}

/** The value of the first parameter of this name, "" where it has none; null when there is none. */
export function parameterOf(target: string, name: string): string | null {
  let start = target.indexOf("?") + 1;
  while (start > 0) {
    const next = target.indexOf("&", start);
    if (target.startsWith(name, start)) {
      const nameEnd = start + name.length;
      const code = target.charCodeAt(nameEnd);
      if (code === equalsSign) return target.slice(nameEnd + 1, next === -1 ? undefined : next);
      if (code === ampersand || nameEnd === target.length) return "";
    }
    start = next + 1;
  }
  return null;
}

/** The value of a field, whose lines are one (RFC 9110 5.3); `name` is in lower case. */
export function fieldOf({ fields, text }: RequestValues, name: string): string | null {
  let value: string | null = null;
  for (let index = 0; index < fields.count; index++) {
    if (!fields.isNamed(text, index, name)) continue;
    const line = text.slice(fields.valueStart(index), fields.valueEnd(index));
    value = value === null ? line : `${value}, ${line}`;
  }
  return value;
}

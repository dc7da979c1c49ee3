/*
 * The grammar of RFC 9110 and 9112 without any leniency, written for this harness alone: a judge
 * that shared code with packages/http1 would share its mistakes. Text is latin1, one character per
 * byte. Slow and plain on purpose.
 */

export interface Field {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

export type Fields = readonly Field[];

export const token: RegExp = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const controls = /[\x00-\x08\x0a-\x1f\x7f]/;

/** A message that breaks a rule. `reason` says which, for people. */
export class Malformed extends Error {}

export interface HeadLines {
  readonly lines: readonly string[];
  /** Position after the empty line. */
  readonly end: number;
}

/** The lines of a head, or null when its empty line has not arrived. */
export function headLines(text: string, start: number): HeadLines | null {
  const end = text.indexOf("\r\n\r\n", start);
  if (end === -1) return null;
  return { lines: text.slice(start, end).split("\r\n"), end: end + 4 };
}

export function parseFields(lines: readonly string[]): Fields {
  return lines.map((line) => {
    const match = controls.test(line) ? null : fieldLine.exec(line);
    if (match === null) throw new Malformed(`field line ${JSON.stringify(line)}`);
    const [, name, value] = match as unknown as [string, string, string];
    return { name: name.toLowerCase(), value };
  });
}

export function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

/** The members of a list-based field over all its lines, in lower case. */
export function membersOf(fields: Fields, name: string): string[] {
  return valuesOf(fields, name)
    .flatMap((value) => value.split(","))
    .map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, "").toLowerCase());
}

export type DeclaredFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

/** What Content-Length and Transfer-Encoding say; at most one line of one of them may speak. */
export function declaredFraming(fields: Fields, version: string): DeclaredFraming {
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  if (lengths.length + codings.length > 1) throw new Malformed("body framed more than once");
  const [coding] = codings;
  if (coding !== undefined) {
    if (version !== "1.1") throw new Malformed("Transfer-Encoding in HTTP/1.0");
    if (coding.toLowerCase() !== "chunked") throw new Malformed(`Transfer-Encoding: ${coding}`);
    return { kind: "chunked" };
  }
  const [length] = lengths;
  if (length === undefined) return { kind: "none" };
  if (!/^[0-9]+$/.test(length) || BigInt(length) > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Malformed(`Content-Length: ${length}`);
  }
  return { kind: "length", length: Number(length) };
}

import { FieldId } from "./field-names.ts";
import type { FieldTable } from "./field-table.ts";
import { maxContentLength } from "./limits.ts";
import { CR, HTAB, SP } from "./octets.ts";
import type { Violation } from "./violation.ts";

export type BodyKind = "none" | "length" | "chunked" | "until-close";

/** How a body's end is known. Reused: `read` overwrites it. */
export class Framing {
  kind: BodyKind = "none";
  /** Bytes of a `length` body. */
  length = 0;
  /** The peer wrote a Content-Length line that is already in the form that we would write. */
  isLengthCanonical = false;

  setNone(): void {
    this.kind = "none";
    this.length = 0;
    this.isLengthCanonical = false;
  }

  /**
   * RFC 9112 6.3 with the strict choice wherever it leaves one: no body may be described twice, and
   * the only transfer coding is exactly `chunked` on HTTP/1.1 (security.md rows 1-7, 83).
   */
  read(text: string, fields: FieldTable, minor: number): Violation | null {
    this.setNone();
    const lengthAt = onlyFieldAt(fields, FieldId.contentLength);
    const codingAt = onlyFieldAt(fields, FieldId.transferEncoding);
    if (lengthAt === -1 && codingAt === -1) return null;
    if (lengthAt !== -1 && codingAt !== -1) return "length-and-chunked";
    return codingAt !== -1
      ? this.#readCoding(text, fields, codingAt, minor)
      : this.#readLength(text, fields, lengthAt);
  }

  #readCoding(text: string, fields: FieldTable, at: number, minor: number): Violation | null {
    if (at === repeated) return "bad-transfer-encoding";
    if (minor === 0) return "transfer-encoding-on-http10";
    const coding = text.slice(fields.valueStart(at), fields.valueEnd(at)).toLowerCase();
    if (coding !== "chunked") {
      // A list with "chunked" in it, or nothing at all, is an attempt, not another coding.
      const isOther = coding !== "" && !coding.includes("chunked");
      return isOther ? "unsupported-transfer-encoding" : "bad-transfer-encoding";
    }
    if (hasTabAround(text, fields, at)) return "bad-transfer-encoding";
    this.kind = "chunked";
    return null;
  }

  #readLength(text: string, fields: FieldTable, at: number): Violation | null {
    if (at === repeated) return "duplicate-content-length";
    const length = decimal(text, fields.valueStart(at), fields.valueEnd(at));
    if (length === -1) return "bad-content-length";
    this.kind = "length";
    this.length = length;
    this.isLengthCanonical = isCanonical(text, fields, at);
    return null;
  }
}

/** Stands for "more than one line"; -1 stands for none. */
const repeated = -2;

function onlyFieldAt(fields: FieldTable, id: FieldId): number {
  if (!fields.has(id)) return -1;
  let found = -1;
  for (let index = 0; index < fields.count; index++) {
    if (fields.id(index) !== id) continue;
    if (found !== -1) return repeated;
    found = index;
  }
  return found;
}

/** RFC 9110 5.6.3 allows HTAB there; parsers that do not trim it see another coding (llhttp). */
function hasTabAround(text: string, fields: FieldTable, at: number): boolean {
  for (let before = fields.nameEnd(at) + 1; before < fields.valueStart(at); before++) {
    if (text.charCodeAt(before) === HTAB) return true;
  }
  for (let after = fields.valueEnd(at); text.charCodeAt(after) !== CR; after++) {
    if (text.charCodeAt(after) === HTAB) return true;
  }
  return false;
}

/** `name: digits` with at most one space, none behind, and no leading zero. */
function isCanonical(text: string, fields: FieldTable, at: number): boolean {
  const start = fields.valueStart(at);
  const end = fields.valueEnd(at);
  const blanks = start - fields.nameEnd(at) - 1;
  if (text.charCodeAt(end) !== CR || blanks > 1) return false;
  if (blanks === 1 && text.charCodeAt(start - 1) !== SP) return false;
  return text.charCodeAt(start) !== 0x30 || end - start === 1;
}

function decimal(text: string, start: number, end: number): number {
  // 2^53-1 has 16 digits; leading zeros beyond that are nobody's honest spelling.
  if (end === start || end - start > 16) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > maxContentLength ? -1 : value;
}

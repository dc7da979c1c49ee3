import { FieldId, fieldIdOf } from "./field-names.ts";
import { FieldTable } from "./field-table.ts";
import { type HeadLimits, maxLeadingEmptyLines } from "./limits.ts";
import { COLON, CR, LF, type Latin1Decoder, isBlank, lineBreaker, nameOctet } from "./octets.ts";
import type { Violation } from "./violation.ts";

/** The first line of a message: a request line or a status line. */
export interface StartLine {
  /** Longest line including everything but CRLF, and what a longer one is called. */
  readonly maxBytes: number;
  readonly tooLong: Violation;
  /** RFC 9112 2.2 lets a server skip empty lines before a request; nothing allows it to a client. */
  readonly skipsEmptyLines: boolean;
  /** Positions it stores are relative to `base`, the head's first byte. */
  parse(bytes: Uint8Array, start: number, end: number, base: number): Violation | null;
}

/** First size of the copy of a head in pieces, and the most that a parser holds on to. */
const keptCarryBytes = 1024;

export type HeadState = "incomplete" | "complete" | "invalid";

/**
 * Reads one message head from bytes that arrive in any pieces, and gives the same answer however
 * they were cut: a byte is judged when it arrives, a line when its CRLF does, in order, and nothing
 * is read twice. Input that holds a whole head is parsed where it lies; only a head in pieces is
 * copied.
 */
export class HeadParser {
  readonly fields: FieldTable;
  readonly #limits: HeadLimits;
  readonly #startLine: StartLine;
  readonly #decode: Latin1Decoder;
  readonly #carryBytes: number;
  #carry: Uint8Array | null = null;
  #carried = 0;
  #cursor = 0;
  #lineStart = 0;
  #started = false;
  #emptyLines = 0;
  state: HeadState = "incomplete";
  violation: Violation | null = null;
  /** The whole head with its final empty line; one character per byte. Set when complete. */
  text = "";

  constructor(startLine: StartLine, limits: HeadLimits, decode: Latin1Decoder) {
    this.#startLine = startLine;
    this.#limits = limits;
    this.#decode = decode;
    this.#carryBytes = limits.headBytes + 2 * (maxLeadingEmptyLines + 2);
    this.fields = new FieldTable(limits.fields);
  }

  /** True once a byte of a message was seen; an idle connection may close without a word. */
  get isStarted(): boolean {
    return this.#carried > 0 || this.state !== "incomplete";
  }

  reset(): void {
    this.fields.clear();
    // A small one is kept: to make a new one costs as much as to parse a short head.
    if (this.#carry !== null && this.#carry.length > keptCarryBytes) this.#carry = null;
    this.#carried = 0;
    this.#cursor = 0;
    this.#lineStart = 0;
    this.#started = false;
    this.#emptyLines = 0;
    this.state = "incomplete";
    this.violation = null;
    this.text = "";
  }

  /** Takes bytes and returns how many of them belong to this head. */
  feed(input: Uint8Array, start: number, end: number): number {
    if (this.#carried === 0) return this.#feedInPlace(input, start, end);
    const before = this.#carried;
    // A byte past the limit already decides, so no more than that is ever kept.
    const taken = Math.min(end - start, this.#carryBytes - before);
    const carry = this.#reserve(before + taken);
    copyOctets(input, start, start + taken, carry, before);
    this.#carried = before + taken;
    const base = this.#scan(carry, 0, this.#carried);
    if (this.state === "complete") {
      const headEnd = base + this.#cursor;
      this.text = this.#decode(carry, base, headEnd);
      return headEnd - before;
    }
    if (base > 0) {
      carry.copyWithin(0, base, this.#carried);
      this.#carried -= base;
    }
    return taken;
  }

  #feedInPlace(input: Uint8Array, start: number, end: number): number {
    const base = this.#scan(input, start, end);
    if (this.state === "complete") {
      const headEnd = base + this.#cursor;
      this.text = this.#decode(input, base, headEnd);
      return headEnd - start;
    }
    if (this.state === "incomplete" && base < end) {
      this.#carried = end - base;
      copyOctets(input, base, end, this.#reserve(this.#carried), 0);
    }
    return end - start;
  }

  #reserve(length: number): Uint8Array {
    if (this.#carry !== null && this.#carry.length >= length) return this.#carry;
    const wanted = Math.max(keptCarryBytes, length * 2);
    const grown = new Uint8Array(Math.min(wanted, this.#carryBytes));
    if (this.#carry !== null) grown.set(this.#carry);
    this.#carry = grown;
    return grown;
  }

  /** Scans on from the cursor; returns the position of the head's first byte. */
  #scan(bytes: Uint8Array, from: number, end: number): number {
    let base = from;
    let at = from + this.#cursor;
    while (this.state === "incomplete") {
      const limit = base + this.#byteLimit();
      const stop = end < limit ? end : limit;
      while (at < stop && lineBreaker[bytes[at] as number] === 0) at++;
      if (at >= stop || (bytes[at] === CR && at + 1 >= stop)) {
        // The limit counts the CRLF too, so a CR as its last byte is one too many.
        if (stop === limit && (end > limit || at >= limit)) this.#fail(this.#limitViolation());
        break;
      }
      if (bytes[at] !== CR || bytes[at + 1] !== LF) {
        this.#fail(breakViolation(bytes[at] as number));
        break;
      }
      const lineStart = base + this.#lineStart;
      at += 2;
      if (!this.#started && at - 2 === lineStart && this.#startLine.skipsEmptyLines) {
        if (++this.#emptyLines > maxLeadingEmptyLines) this.#fail("empty-lines");
        base = at;
      } else {
        this.#takeLine(bytes, lineStart, at - 2, base);
        this.#lineStart = at - base;
      }
    }
    this.#cursor = at - base;
    return base;
  }

  #byteLimit(): number {
    if (this.#started) return this.#limits.headBytes;
    return Math.min(this.#startLine.maxBytes + 2, this.#limits.headBytes);
  }

  #limitViolation(): Violation {
    const inStartLine = !this.#started && this.#startLine.maxBytes + 2 <= this.#limits.headBytes;
    return inStartLine ? this.#startLine.tooLong : "head-too-large";
  }

  #takeLine(bytes: Uint8Array, start: number, end: number, base: number): void {
    if (!this.#started) {
      this.#started = true;
      const violation = this.#startLine.parse(bytes, start, end, base);
      if (violation !== null) this.#fail(violation);
    } else if (start === end) {
      this.state = "complete";
    } else if (this.fields.isFull) {
      this.#fail("too-many-fields");
    } else {
      this.#takeField(bytes, start, end, base);
    }
  }

  #takeField(bytes: Uint8Array, start: number, end: number, base: number): void {
    let at = start;
    let isOdd = false;
    for (; at < end; at++) {
      const octet = nameOctet[bytes[at] as number];
      if (octet === 1) continue;
      if (octet === 0) break;
      isOdd = true;
    }
    if (at === start || at === end || bytes[at] !== COLON) {
      this.#fail(this.#nameViolation(bytes, start, at, end));
      return;
    }
    let valueStart = at + 1;
    while (valueStart < end && isBlank(bytes[valueStart] as number)) valueStart++;
    let valueEnd = end;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
    const id = isOdd ? FieldId.odd : fieldIdOf(bytes, start, at);
    this.fields.add(id, start - base, at - base, valueStart - base, valueEnd - base);
  }

  #nameViolation(bytes: Uint8Array, start: number, at: number, end: number): Violation {
    const isBlankHere = at < end && isBlank(bytes[at] as number);
    if (!isBlankHere) return "bad-field-name";
    if (at > start) return "space-before-colon";
    return this.fields.count === 0 ? "whitespace-before-field" : "obs-fold";
  }

  #fail(violation: Violation): void {
    this.state = "invalid";
    this.violation = violation;
  }
}

/** A view costs more to make than a few bytes to copy, and heads in pieces come in small ones. */
function copyOctets(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  toStart: number,
): void {
  if (end - start > smallCopyBytes) {
    to.set(from.subarray(start, end), toStart);
    return;
  }
  let target = toStart;
  for (let at = start; at < end; at++) to[target++] = from[at] as number;
}

const smallCopyBytes = 64;

function breakViolation(octet: number): Violation {
  if (octet === LF) return "bare-lf";
  return octet === CR ? "bare-cr" : "control-byte";
}

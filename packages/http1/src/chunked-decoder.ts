import { maxChunkExtensionBytes, maxTrailerBytes, maxTrailerFields } from "./limits.ts";
import { COLON, CR, LF, hexValue, isBlank, lineBreaker, nameOctet } from "./octets.ts";
import type { Violation } from "./violation.ts";

const State = {
  sizeStart: 0,
  size: 1,
  extensionName: 2,
  extensionValueStart: 3,
  extensionValue: 4,
  extensionQuoted: 5,
  extensionQuotedPair: 6,
  extensionQuotedEnd: 7,
  sizeLf: 8,
  data: 9,
  dataCr: 10,
  dataLf: 11,
  trailerStart: 12,
  trailerName: 13,
  trailerValue: 14,
  trailerLf: 15,
  finalLf: 16,
  extensionNameStart: 17,
} as const;
type State = (typeof State)[keyof typeof State];

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** 2^53-1 has 14 hexadecimal digits; a longer size is an overflow attempt (row 9). */
const maxSizeDigits = 14;
/** Holds the usual checksum or two. */
const firstTrailerBytes = 256;

/**
 * RFC 9112 7.1 without its leniencies: CRLF only, no white space around the size, extensions that
 * follow the grammar, everything bounded. Extensions are checked and dropped.
 */
export class ChunkedDecoder {
  #state: State = State.sizeStart;
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #trailerFields = 0;
  /** The field lines of the trailer section so far; null until there is one. */
  #trailers: Uint8Array | null = null;
  #trailersLength = 0;
  dataStart = 0;
  dataEnd = 0;
  isDone = false;
  violation: Violation | null = null;

  reset(): void {
    this.#state = State.sizeStart;
    this.#size = this.#digits = this.#extensionBytes = this.#trailerBytes = 0;
    this.#trailerFields = this.#trailersLength = 0;
    this.#trailers = null;
    this.isDone = false;
    this.violation = null;
  }

  /** The field lines behind the last chunk, as they came, once the body is whole; keeps them no longer. */
  takeTrailers(): string {
    if (this.#trailers === null) return "";
    const text = String.fromCharCode(...this.#trailers.subarray(0, this.#trailersLength));
    this.#trailers = null;
    return text;
  }

  /** Reads up to the end of the next run of data, of the body, or of the input. */
  advance(input: Uint8Array, start: number, end: number): number {
    let at = start;
    this.dataStart = this.dataEnd = start;
    while (at < end && !this.isDone && this.violation === null) {
      if (this.#state === State.data) return this.#takeData(at, end);
      this.violation = this.#step(input[at] as number);
      at++;
    }
    return at;
  }

  #takeData(start: number, end: number): number {
    const length = Math.min(end - start, this.#size);
    this.dataStart = start;
    this.dataEnd = start + length;
    this.#size -= length;
    if (this.#size === 0) this.#state = State.dataCr;
    return this.dataEnd;
  }

  #step(octet: number): Violation | null {
    const state = this.#state;
    if (state <= State.size) return this.#stepSize(octet);
    if (state >= State.trailerStart && state <= State.finalLf) return this.#stepTrailer(octet);
    if (state === State.sizeLf) return octet === LF ? this.#endSizeLine() : "bare-cr";
    if (state === State.dataCr || state === State.dataLf) return this.#stepDataEnd(octet);
    return this.#stepExtension(octet);
  }

  #stepSize(octet: number): Violation | null {
    const digit = hexValue[octet] as number;
    if (digit !== 255) {
      if (++this.#digits > maxSizeDigits) return "bad-chunk-size";
      this.#size = this.#size * 16 + digit;
      this.#state = State.size;
      return this.#size > Number.MAX_SAFE_INTEGER ? "bad-chunk-size" : null;
    }
    if (this.#state === State.sizeStart) return "bad-chunk-size";
    if (octet === CR) this.#state = State.sizeLf;
    else if (octet === SEMICOLON) return this.#beginExtension();
    else return "bad-chunk-size";
    return null;
  }

  #beginExtension(): Violation | null {
    this.#state = State.extensionNameStart;
    return this.#countExtension();
  }

  #countExtension(): Violation | null {
    return ++this.#extensionBytes > maxChunkExtensionBytes ? "chunk-extensions-too-large" : null;
  }

  #endSizeLine(): Violation | null {
    this.#digits = 0;
    this.#state = this.#size === 0 ? State.trailerStart : State.data;
    return null;
  }

  #stepDataEnd(octet: number): Violation | null {
    const expected = this.#state === State.dataCr ? CR : LF;
    if (octet !== expected) return "bad-chunk-end";
    this.#state = this.#state === State.dataCr ? State.dataLf : State.sizeStart;
    return null;
  }

  #stepExtension(octet: number): Violation | null {
    const violation = this.#countExtension();
    if (violation !== null) return violation;
    const next = nextExtensionState(this.#state, octet);
    if (next === null) return octet === LF ? "bare-lf" : "bad-chunk-extension";
    this.#state = next;
    return null;
  }

  #stepTrailer(octet: number): Violation | null {
    if (++this.#trailerBytes > maxTrailerBytes) return "trailers-too-large";
    const violation = this.#moveInTrailers(octet);
    if (violation === null && this.#state !== State.finalLf) this.#keepTrailer(octet);
    return violation;
  }

  #keepTrailer(octet: number): void {
    const kept = this.#trailers;
    if (kept === null || this.#trailersLength === kept.length) {
      this.#trailers = new Uint8Array(Math.max(firstTrailerBytes, 2 * this.#trailersLength));
      if (kept !== null) this.#trailers.set(kept);
    }
    (this.#trailers as Uint8Array)[this.#trailersLength++] = octet;
  }

  #moveInTrailers(octet: number): Violation | null {
    switch (this.#state) {
      case State.trailerStart:
        if (octet === CR) this.#state = State.finalLf;
        else if (nameOctet[octet] === 0) return "bad-trailer";
        else if (++this.#trailerFields > maxTrailerFields) return "trailers-too-large";
        else this.#state = State.trailerName;
        return null;
      case State.trailerName:
        if (octet === COLON) this.#state = State.trailerValue;
        else if (nameOctet[octet] === 0) return "bad-trailer";
        return null;
      case State.trailerValue:
        if (octet === CR) this.#state = State.trailerLf;
        else if (lineBreaker[octet] !== 0) return "bad-trailer";
        return null;
      default:
        return this.#endTrailerLine(octet);
    }
  }

  #endTrailerLine(octet: number): Violation | null {
    if (octet !== LF) return "bare-cr";
    if (this.#state === State.finalLf) this.isDone = true;
    else this.#state = State.trailerStart;
    return null;
  }
}

/**
 * chunk-ext = *( ";" BWS name [ "=" ( token / quoted-string ) ] ). Of the white space that RFC 9112
 * 7.1.1 tolerates only this one is in use; what stands before CRLF or the first ";" stays refused.
 */
function nextExtensionState(state: State, octet: number): State | null {
  const isToken = nameOctet[octet] !== 0;
  switch (state) {
    case State.extensionNameStart:
      if (isBlank(octet)) return state;
      return isToken ? State.extensionName : null;
    case State.extensionName:
      if (isToken) return state;
      return octet === EQUALS ? State.extensionValueStart : afterExtension(octet);
    case State.extensionValueStart:
      if (isToken) return State.extensionValue;
      return octet === QUOTE ? State.extensionQuoted : null;
    case State.extensionValue:
      return isToken ? state : afterExtension(octet);
    case State.extensionQuoted:
      if (octet === QUOTE) return State.extensionQuotedEnd;
      if (octet === BACKSLASH) return State.extensionQuotedPair;
      return isQuotable(octet) ? state : null;
    case State.extensionQuotedPair:
      return isQuotable(octet) ? State.extensionQuoted : null;
    default:
      return afterExtension(octet);
  }
}

function afterExtension(octet: number): State | null {
  if (octet === CR) return State.sizeLf;
  return octet === SEMICOLON ? State.extensionNameStart : null;
}

function isQuotable(octet: number): boolean {
  return lineBreaker[octet] === 0;
}

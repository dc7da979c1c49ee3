import type { StartLine } from "./head-parser.ts";
import { type HeadLimits, maxMethodBytes } from "./limits.ts";
import { SP, isDigit, nameOctet, targetOctet } from "./octets.ts";
import type { Violation } from "./violation.ts";

const SLASH = 0x2f;
const versionBytes = " HTTP/1.1".length;

/**
 * `method SP request-target SP HTTP-version`, single spaces and nothing else (RFC 9112 3). The form
 * of the target is judged later, with Host; here only its bytes are.
 */
export class RequestLine implements StartLine {
  readonly maxBytes: number;
  readonly tooLong = "target-too-long";
  readonly skipsEmptyLines = true;
  readonly #maxTargetBytes: number;
  methodEnd = 0;
  /** Known before the head is whole, so that even a refusal of the rest sends a HEAD no body. */
  isHead = false;
  targetStart = 0;
  targetEnd = 0;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  minor = 1;
  /** The target holds a byte that the path rules must look at: `%`, `\`, `#`, or a dot after `/`. */
  isTargetSuspicious = false;

  constructor(limits: HeadLimits) {
    this.#maxTargetBytes = limits.targetBytes;
    this.maxBytes = maxMethodBytes + 1 + limits.targetBytes + versionBytes;
  }

  parse(bytes: Uint8Array, start: number, end: number, base: number): Violation | null {
    this.isHead = false;
    let at = start;
    while (at < end && nameOctet[bytes[at] as number] !== 0) at++;
    if (at === start) return "bad-method";
    if (bytes[at] !== SP || at === end) return at === end ? "bad-request-line" : "bad-method";
    if (at - start > maxMethodBytes) return "method-too-long";
    this.methodEnd = at - base;
    this.isHead = at - start === 4 && startsWith(bytes, start, head);
    const targetStart = at + 1;
    const targetEnd = this.#scanTarget(bytes, targetStart, end);
    if (targetEnd === targetStart) return "bad-request-line";
    if (targetEnd === end) return "bad-version";
    if (bytes[targetEnd] !== SP) return "target-byte";
    if (targetEnd - targetStart > this.#maxTargetBytes) return "target-too-long";
    this.targetStart = targetStart - base;
    this.targetEnd = targetEnd - base;
    return this.#parseVersion(bytes, targetEnd + 1, end);
  }

  #scanTarget(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let isSuspicious = false;
    for (; at < end; at++) {
      const octet = bytes[at] as number;
      if (targetOctet[octet] === 0) break;
      // 0x25 %, 0x23 #, 0x5c backslash, 0x2e dot
      if (octet === 0x25 || octet === 0x23 || octet === 0x5c) isSuspicious = true;
      else if (octet === 0x2e && bytes[at - 1] === SLASH) isSuspicious = true;
    }
    this.isTargetSuspicious = isSuspicious;
    return at;
  }

  #parseVersion(bytes: Uint8Array, start: number, end: number): Violation | null {
    const minor = httpMinor(bytes, start, end);
    if (minor === -1 || end - start !== 8) {
      // A further space: the line has too many parts, whatever the last one says (row 28).
      const spaceAt = bytes.indexOf(SP, start);
      const isSplit = spaceAt !== -1 && spaceAt < end;
      return minor !== -1 || isSplit ? "bad-request-line" : "bad-version";
    }
    this.minor = minor;
    return null;
  }
}

const head = Uint8Array.from("HEAD", (character) => character.charCodeAt(0));

/** 0 or 1 when the eight bytes at `start` are `HTTP/1.0` or `HTTP/1.1`, else -1. */
export function httpMinor(bytes: Uint8Array, start: number, end: number): 0 | 1 | -1 {
  if (end - start < 8) return -1;
  if (!startsWith(bytes, start, prefix)) return -1;
  const minor = bytes[start + 7] as number;
  if (!isDigit(minor) || minor > 0x31) return -1;
  return minor === 0x31 ? 1 : 0;
}

function startsWith(bytes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) {
    if (bytes[start + index] !== expected[index]) return false;
  }
  return true;
}

const prefix = Uint8Array.from("HTTP/1.", (character) => character.charCodeAt(0));

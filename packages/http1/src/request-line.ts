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
    let at = start;
    while (at < end && nameOctet[bytes[at] as number] !== 0) at++;
    if (at === start) return "bad-method";
    if (bytes[at] !== SP || at === end) return at === end ? "bad-request-line" : "bad-method";
    if (at - start > maxMethodBytes) return "method-too-long";
    this.methodEnd = at - base;
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

/** 0 or 1 when the eight bytes at `start` are `HTTP/1.0` or `HTTP/1.1`, else -1. */
export function httpMinor(bytes: Uint8Array, start: number, end: number): 0 | 1 | -1 {
  if (end - start < 8) return -1;
  for (let index = 0; index < 7; index++) {
    if (bytes[start + index] !== prefix[index]) return -1;
  }
  const minor = bytes[start + 7] as number;
  if (!isDigit(minor) || minor > 0x31) return -1;
  return minor === 0x31 ? 1 : 0;
}

const prefix = Uint8Array.from("HTTP/1.", (character) => character.charCodeAt(0));

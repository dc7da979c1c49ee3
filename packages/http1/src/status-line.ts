import type { StartLine } from "./head-parser.ts";
import type { HeadLimits } from "./limits.ts";
import { SP, isDigit } from "./octets.ts";
import { httpMinor } from "./request-line.ts";
import type { Violation } from "./violation.ts";

/**
 * `HTTP-version SP status-code SP [reason-phrase]` (RFC 9112 4). The second space may be missing:
 * servers in use leave it out with the reason, and nothing can be smuggled in its place.
 */
export class StatusLine implements StartLine {
  readonly maxBytes: number;
  readonly tooLong = "head-too-large";
  readonly skipsEmptyLines = false;
  status = 0;
  minor = 1;
  reasonStart = 0;
  reasonEnd = 0;
  /** The line is already what we would write. */
  isCanonical = false;

  constructor(limits: HeadLimits) {
    this.maxBytes = limits.headBytes;
  }

  parse(bytes: Uint8Array, start: number, end: number, base: number): Violation | null {
    const minor = httpMinor(bytes, start, end);
    if (minor === -1) return "bad-version";
    const at = start + 9;
    if (bytes[at - 1] !== SP || end < at + 3) return "bad-status-line";
    const status = threeDigits(bytes, at);
    if (status === -1) return "bad-status-line";
    if (end > at + 3 && bytes[at + 3] !== SP) return "bad-status-line";
    if (status < 100 || status > 599) return "bad-status";
    this.minor = minor;
    this.isCanonical = minor === 1 && end > at + 3;
    this.status = status;
    this.reasonStart = Math.min(at + 4, end) - base;
    this.reasonEnd = end - base;
    return null;
  }
}

function threeDigits(bytes: Uint8Array, at: number): number {
  const [a, b, c] = [bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number];
  if (!isDigit(a) || !isDigit(b) || !isDigit(c)) return -1;
  return (a - 0x30) * 100 + (b - 0x30) * 10 + (c - 0x30);
}

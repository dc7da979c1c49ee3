import { type BadRequest, judgeBadRequests, madeHarmless } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import type { Arrival } from "../wire/recorder.ts";
import { wireGet } from "./wire-request.ts";

const requests: readonly BadRequest[] = [
  { name: "folded line", send: wireGet("X-Fold: a\r\n b") },
  { name: "space before the colon", send: wireGet("X-Space : a") },
  { name: "bare CR in a value", send: wireGet("X-Cr: a\rb") },
  { name: "bare CR that hides a field", send: wireGet("X-Cr: a\rTransfer-Encoding: chunked") },
  { name: "NUL in a value", send: wireGet("X-Nul: a\0b") },
  { name: "empty name", send: wireGet(": a") },
  { name: "no colon", send: wireGet("X-No-Colon") },
  { name: "space in a name", send: wireGet("X Space: a") },
];

/** A line that another reader would read as something else. */
function find(arrivals: readonly Arrival[]): string | undefined {
  for (const { head } of arrivals) {
    if (/\r\n[ \t]/.test(head)) return "the fold arrived";
    if (/\r(?!\n)/.test(head)) return "the bare CR arrived";
    if (head.includes("\0")) return "the NUL arrived";
    const odd = head.split("\r\n").find((line, index) => {
      return index > 0 && line !== "" && !/^[!#$%&'*+.^_`|~\w-]+:/.test(line);
    });
    if (odd !== undefined) return `${JSON.stringify(odd)} arrived`;
  }
  return undefined;
}

/** Field lines that are none (RFC 9112 section 5). */
export const lineSyntax: Check = {
  name: "line-syntax",
  group: "protocol",
  title: "malformed field lines",
  rule: "a folded or malformed field line is refused, or never reaches a backend",
  run: (scene) => judgeBadRequests(scene, requests, { find, otherwise: madeHarmless }),
};

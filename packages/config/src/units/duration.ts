import { accepted, type Parsed, refused } from "../parsed.ts";

const amount = String.raw`(\d+(?:\.\d{1,3})?)`;

/** Hours, minutes, seconds and milliseconds in this order, each at most once. */
export const durationPattern: string = `^(?=.)(?:${amount}h)?(?:${amount}m)?(?:${amount}s)?(?:${amount}ms)?$`;

const duration = new RegExp(durationPattern);
const unitsMs = [3_600_000, 60_000, 1_000, 1];

/**
 * Reads `250ms`, `10s`, `1m30s`, `1h` or `1.5s` into whole milliseconds. A number without a unit is
 * refused: half of the world would mean seconds and the other half milliseconds.
 */
export function parseDuration(text: string): Parsed<number> {
  const match = duration.exec(text);
  if (match === null) return refused(explain(text));
  const exact = unitsMs.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unit, 0);
  const wholeMs = Math.round(exact);
  if (!Number.isSafeInteger(wholeMs)) return refused(`${text} is too long`);
  // 1.001 * 1000 is 1000.9999999999999: only what a float cannot explain is finer than 1ms.
  if (Math.abs(exact - wholeMs) > 1e-6) return refused(`${text} is finer than 1ms`);
  return accepted(wholeMs);
}

function explain(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) {
    return `${text} has no unit; write ${text}ms, ${text}s, ${text}m or ${text}h`;
  }
  return `${JSON.stringify(text)} is not a duration; write it like 250ms, 10s, 1m30s or 1h`;
}

/** Writes whole milliseconds so that {@link parseDuration} reads them back: `90000` is `1m30s`. */
export function formatDuration(durationMs: number): string {
  if (!Number.isSafeInteger(durationMs) || durationMs < 0) {
    throw new RangeError(`expected whole milliseconds, got ${durationMs}`);
  }
  let restMs = durationMs;
  let text = "";
  for (const [unitMs, unit] of [
    [3_600_000, "h"],
    [60_000, "m"],
    [1_000, "s"],
    [1, "ms"],
  ] as const) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}

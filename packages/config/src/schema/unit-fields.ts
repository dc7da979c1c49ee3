import type * as z from "zod";
import { accepted, type Parsed, refused } from "../parsed.ts";
import { durationPattern, formatDuration, parseDuration } from "../units/duration.ts";
import { formatPercent, parsePercent, percentPattern } from "../units/percent.ts";
import { parseSize, sizePattern } from "../units/size.ts";
import { textField } from "./text-field.ts";

/** Node's timers hold 31 bits and fire at once, not later, for anything longer. */
const longestTimerMs = 2 ** 31 - 1;

/** A time span in milliseconds that a timer can hold; zero is refused. */
export const durationField: z.ZodType<number> = textField(readTimer, {
  title: "duration",
  examples: ["250ms", "10s", "1m30s", "1h"],
  pattern: durationPattern,
});

/** A time span, or `off`, which is 0. */
export const durationOrOffField: z.ZodType<number> = textField(
  (text) => (text === "off" ? accepted(0) : readTimer(text)),
  {
    title: "duration or off",
    examples: ["off", "30s", "5m"],
    pattern: `off|${durationPattern}`,
  },
);

function readTimer(text: string): Parsed<number> {
  const result = parseDuration(text);
  if (!result.ok) return result;
  if (result.value === 0) return refused("must be longer than 0s");
  if (result.value > longestTimerMs) {
    return refused(`must be at most ${formatDuration(longestTimerMs)}, the longest timer`);
  }
  return result;
}

export interface SizeBounds {
  readonly min: number;
  readonly max: number;
}

/** A number of bytes within bounds. */
export function sizeField(bounds: SizeBounds): z.ZodType<number> {
  const facts = { title: "size", examples: ["8000B", "64KiB", "10MB"], pattern: sizePattern };
  return textField((text) => readBounded(text, bounds), facts);
}

function readBounded(text: string, { min, max }: SizeBounds): Parsed<number> {
  const result = parseSize(text);
  if (!result.ok) return result;
  if (result.value < min) return refused(`must be at least ${min}B`);
  if (result.value > max) return refused(`must be at most ${max}B`);
  return accepted(result.value);
}

/** Both ends belong to it. */
export interface ShareBounds {
  /** As shares: 1 is 100 %. */
  readonly min: number;
  readonly max: number;
  /** `off` may be written instead, and is 0. */
  readonly canBeOff: boolean;
}

/** A percentage as a share, within bounds. */
export function percentField(bounds: ShareBounds): z.ZodType<number> {
  const { canBeOff } = bounds;
  const example = formatPercent(Math.min(Math.max(0.2, bounds.min), bounds.max));
  return textField((text) => readShare(text, bounds), {
    title: canBeOff ? "percentage or off" : "percentage",
    examples: canBeOff ? [example, "off"] : [example],
    pattern: canBeOff ? `off|${percentPattern}` : percentPattern,
  });
}

function readShare(text: string, { min, max, canBeOff }: ShareBounds): Parsed<number> {
  if (canBeOff && text === "off") return accepted(0);
  const result = parsePercent(text);
  if (!result.ok || (result.value >= min && result.value <= max)) return result;
  const range = `must be from ${formatPercent(min)} to ${formatPercent(max)}`;
  return refused(canBeOff ? `${range}, or off` : range);
}

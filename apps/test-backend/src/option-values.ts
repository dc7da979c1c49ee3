import { validateHeaderValue } from "node:http";
import { parseDuration } from "@evenkeel/config";
import { InvalidArgumentError } from "commander";

// Beyond this setTimeout would fire after one millisecond instead.
const maxDurationMs = 2 ** 31 - 1;

/** `250ms`, `10s`, `1m30s` -> milliseconds (up to 24 days), for a commander option. */
export function parseDurationOption(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw new InvalidArgumentError(`${duration.message}.`);
  if (duration.value > maxDurationMs) throw new InvalidArgumentError("Needs 24 days at most.");
  return duration.value;
}

/** A whole number within bounds, for a commander option. */
export function parseCountOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= min && count <= max) return count;
    throw new InvalidArgumentError(`Needs a whole number from ${min} to ${max}.`);
  };
}

/** A port from 0 (a free one) to 65535, for a commander option. */
export function parsePortOption(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("Needs a port from 0 (a free one) to 65535.");
}

/** A backend name: it becomes a header value, so no line break and nothing beyond latin1. */
export function parseNameOption(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Needs a name that is not blank.");
  try {
    validateHeaderValue("X-Backend", text);
  } catch {
    throw new InvalidArgumentError("Needs a name that can be a header value.");
  }
  return text;
}

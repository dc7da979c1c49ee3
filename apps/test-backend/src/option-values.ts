import { validateHeaderValue } from "node:http";
import { parseDuration } from "@evenkeel/config/duration";
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

/** Ports from 1 to 65535, as `9001-9100`, `9001,9005` or both; none twice, for a commander option. */
export function parsePortsOption(text: string): number[] {
  const ports = text.split(",").flatMap(parsePortRange);
  if (new Set(ports).size < ports.length) throw new InvalidArgumentError("A port comes twice.");
  if (ports.length > maxPorts) throw new InvalidArgumentError(`Needs ${maxPorts} ports at most.`);
  return ports;
}

// One listening socket each, and the usual limit of open files is 1,024.
const maxPorts = 1000;

function parsePortRange(text: string): number[] {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const from = Number(first);
  const count = Number(last) - from + 1;
  if (from < 1 || Number(last) > 65_535 || count < 1) {
    throw new InvalidArgumentError("Needs ports from 1 to 65535, such as 9001-9100 or 9001,9005.");
  }
  return Array.from({ length: count }, (_, i) => from + i);
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

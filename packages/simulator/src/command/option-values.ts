import { nearestName } from "@evenkeel/config/nearest-name";
import { InvalidArgumentError } from "commander";
import type { Distribution } from "../engine/distribution.ts";
import { parseDistribution } from "./parse-distribution.ts";

/** `1000` -> 1000, at least 1. */
export function parseCountOption(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("Needs a whole number of 1 or more.");
}

const perSecondOf: Readonly<Record<string, number>> = { s: 1, m: 1 / 60 };

/** `500/s` or `90/m` -> requests per second. */
export function parseLoadOption(text: string): number {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)\/([sm])$/.exec(text) ?? [];
  const perSecond = Number(count) * (perSecondOf[unit] ?? 0);
  if (perSecond > 0) return perSecond;
  throw new InvalidArgumentError("Needs a rate above 0, such as 500/s.");
}

export function parseServiceTimeOption(text: string): Distribution {
  const parsed = parseDistribution(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`${parsed.message}.`);
}

/** `4`, or `web-1=4,web-2=2` for backends by id. */
export function parseSlotsOption(text: string): number | ReadonlyMap<string, number> {
  if (!text.includes("=")) return parseCountOption(text);
  const slots = new Map<string, number>();
  for (const entry of text.split(",")) {
    const equals = entry.lastIndexOf("=");
    const id = entry.slice(0, Math.max(0, equals)).trim();
    if (id === "") throw new InvalidArgumentError(`${JSON.stringify(entry)} is not id=slots.`);
    slots.set(id, parseCountOption(entry.slice(equals + 1).trim()));
  }
  return slots;
}

/** `unknown strategy "peek-ewma"; did you mean peak-ewma? Known: …` */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
  return `unknown ${what} ${JSON.stringify(name)}${hint} Known: ${known.join(", ")}.`;
}

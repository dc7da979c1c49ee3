import { parseDuration } from "@evenkeel/config/duration";
import { parsePercent } from "@evenkeel/config/percent";
import { InvalidArgumentError } from "commander";

/** `1000` -> 1000, for a commander option. */
export function parseCountOption(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError("Needs a whole number, such as 1000.");
}

/** `250ms`, `10s`, `1m30s` -> milliseconds, for a commander option. */
export function parseDurationOption(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw new InvalidArgumentError(`${duration.message}.`);
  return duration.value;
}

/** `5%` -> 0.05, for a commander option. */
export function parsePercentOption(text: string): number {
  const percent = parsePercent(text);
  if (!percent.ok) throw new InvalidArgumentError(`${percent.message}.`);
  return percent.value;
}

/** `500/s`, `30000/m` -> requests per second, for a commander option. */
export function parseRateOption(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\/(s|m)$/.exec(text);
  const rate = Number(match?.[1] ?? 0) / (match?.[2] === "m" ? 60 : 1);
  if (rate > 0) return rate;
  throw new InvalidArgumentError("Needs a rate, such as 500/s or 30000/m.");
}

/** A text, once more at the end of the list, for a repeatable commander option. */
export function collectOption(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** `name: value`, once more at the end of the list, for a repeatable commander option. */
export function collectHeaderOption(
  text: string,
  earlier: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const colon = text.indexOf(":");
  if (colon < 1)
    throw new InvalidArgumentError("Needs a name and a value, such as 'Accept: text/html'.");
  return [...earlier, [text.slice(0, colon), text.slice(colon + 1).trim()]];
}

/** `a=3,b=1` -> weights by name, for a commander option. A name may hold `=` and `:`, not a comma. */
export function parseWeightsOption(text: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const entry of text.split(",")) {
    const equals = entry.lastIndexOf("=");
    const name = entry.slice(0, Math.max(0, equals)).trim();
    const weight = entry.slice(equals + 1).trim();
    if (name === "" || !/^\d+(\.\d+)?$/.test(weight)) {
      throw new InvalidArgumentError(
        `${JSON.stringify(entry)} is not name=weight, such as Server-1=3.`,
      );
    }
    if (weights.has(name))
      throw new InvalidArgumentError(`${JSON.stringify(name)} is named twice.`);
    weights.set(name, Number(weight));
  }
  return weights;
}

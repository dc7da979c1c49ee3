/** One line of NDJSON as an object; undefined for anything else, such as half a line. */
export function parseJsonLine(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

/** The first of these fields that is a text. */
export function textOf(
  fields: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** The first of these fields that is a number, or a text that looks like one. */
export function numberOf(
  fields: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): number | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "number") return value;
    if (typeof value === "string" && /^\d+(\.\d+)?$/.test(value)) return Number(value);
  }
  return undefined;
}

/**
 * A moment in milliseconds since 1970: ISO 8601, or a number of milliseconds, or of seconds as nginx's
 * `$msec` writes it.
 */
export function timeOf(
  fields: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): number | undefined {
  const number = numberOf(fields, ...names);
  // Milliseconds passed this mark in 1973, seconds will in the year 5138.
  if (number !== undefined) return number < 1e11 ? number * 1000 : number;
  const text = textOf(fields, ...names);
  const parsed = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

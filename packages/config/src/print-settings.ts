import { stringify } from "yaml";
import { type ConfigPath, formatPath, isMapping } from "./config-path.ts";

/** One line of YAML, and who gave its value; null where the values stand below it. */
interface Line {
  readonly text: string;
  readonly origin: string | null;
}

// Further to the right the eye no longer finds the line that a comment belongs to.
const widestColumn = 60;

/**
 * A configuration as YAML that could be used as a file, each value with a comment that says where it
 * came from. `origins` are those of `loadConfig`.
 */
export function printSettings(settings: unknown, origins: ReadonlyMap<string, string>): string {
  const lines = linesOf(settings, [], "", origins);
  const column = Math.min(widestColumn, Math.max(0, ...lines.map(({ text }) => text.length)));
  const printed = lines.map(({ text, origin }) =>
    origin === null ? text : `${text.padEnd(column)}  # ${origin.replaceAll(/[\r\n]/g, " ")}`,
  );
  return `${printed.join("\n")}\n`;
}

function linesOf(
  value: unknown,
  path: ConfigPath,
  indent: string,
  origins: ReadonlyMap<string, string>,
): readonly Line[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const below = entryLines(item, [...path, index], `${indent}  `, origins);
      return asItem(below, indent);
    });
  }
  return Object.entries(value as Record<string, unknown>).flatMap(([key, child]) => {
    const [head, ...rest] = entryLines(child, [...path, key], `${indent}  `, origins);
    const name = `${indent}${scalarText(key)}:`;
    if (head === undefined) return [];
    if (isInline(child)) return [{ text: `${name} ${head.text.trimStart()}`, origin: head.origin }];
    return [{ text: name, origin: null }, head, ...rest];
  });
}

/** The lines of one value; a single one where it fits behind its key. */
function entryLines(
  value: unknown,
  path: ConfigPath,
  indent: string,
  origins: ReadonlyMap<string, string>,
): readonly Line[] {
  if (!isInline(value)) return linesOf(value, path, indent, origins);
  return [{ text: indent + scalarText(value), origin: origins.get(formatPath(path)) ?? null }];
}

/** The first line of an item carries its dash. */
function asItem([first, ...rest]: readonly Line[], indent: string): readonly Line[] {
  if (first === undefined) return [];
  return [
    { text: `${indent}- ${first.text.slice(indent.length + 2)}`, origin: first.origin },
    ...rest,
  ];
}

function isInline(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return !isMapping(value) || Object.keys(value).length === 0;
}

/** On one line whatever it holds; a `${` that came from a literal stays one. */
function scalarText(value: unknown): string {
  const options = { lineWidth: 0, defaultStringType: "PLAIN", blockQuote: false } as const;
  return stringify(value, options).trimEnd().replaceAll("${", "$$${");
}

import { accepted, type Parsed, refused } from "../parsed.ts";

/** One `${…}` of the file, found before YAML reads the text. */
export interface Reference {
  readonly offset: number;
  /** As written, from the dollar sign to the brace. */
  readonly source: string;
}

export interface MaskedText {
  /** The same text, same length, with every reference replaced by characters that YAML ignores. */
  readonly text: string;
  readonly references: readonly Reference[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

// A reference holds braces, which end a plain scalar in `{ secret: ${SECRET} }`. So it travels
// through the YAML parser as private-use characters of the same length (its number, then filler),
// which keeps every position right, and what a variable holds can never become YAML syntax.
const firstMark = 0xe100;
const lastMark = 0xf8ff;
const filler = "\ue000";
const marked = /[\ue100-\uf8ff]\ue000+/g;

/** Finds every `${…}`. It ends at its brace; a quote before that would be YAML's, so none is one. */
export function maskReferences(text: string): MaskedText {
  const references: Reference[] = [];
  const masked = text.replace(/\$?\$\{[^}\n'"]*\}/g, (source, offset: number) => {
    const mark = firstMark + references.length;
    if (mark > lastMark) return source;
    references.push({ offset, source });
    return String.fromCharCode(mark) + filler.repeat(source.length - 1);
  });
  return { text: masked, references };
}

/** Puts something in the place of every masked reference of one scalar. */
export function replaceMasked(
  text: string,
  references: readonly Reference[],
  replace: (reference: Reference) => string,
): string {
  return text.replace(marked, (mark) => {
    const reference = references[mark.charCodeAt(0) - firstMark];
    return reference === undefined ? mark : replace(reference);
  });
}

const variable = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/s;

/** What a reference stands for: `${VAR}`, `${VAR:-default}`, or `$${text}` for a literal `${text}`. */
export function expandReference(source: string, env: Environment): Parsed<string> {
  if (source.startsWith("$$")) return accepted(source.slice(1));
  const [, name, fallback] = variable.exec(source) ?? [];
  if (name === undefined) {
    return refused(`${source} is neither \${NAME} nor \${NAME:-default}; write $\${ for a literal`);
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  // As in a shell, ":-" also covers a variable that is set to nothing.
  if (fallback !== undefined)
    return accepted(value === undefined || value === "" ? fallback : value);
  if (value !== undefined) return accepted(value);
  return refused(`the variable ${name} is not set; write \${${name}:-default} to do without it`);
}

/** What YAML would have made of a plain scalar with this text: `workers: ${WORKERS:-4}` is 4. */
export function resolvePlain(text: string): string | number | boolean {
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return text;
}

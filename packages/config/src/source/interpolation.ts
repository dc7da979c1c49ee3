import { accepted, type Parsed, refused } from "../parsed.ts";
import { lookUpVariable, type ReadSecret } from "./secret-files.ts";

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

// More would be a mistake, and looking for the end of each would take long in a text full of them.
const deepestNesting = 8;

/**
 * Finds every `${…}`, also with others inside. It ends at its brace; a quote before that would be
 * YAML's, so none is one.
 */
export function maskReferences(text: string): MaskedText {
  const references: Reference[] = [];
  const masked = replaceReferences(text, (source, offset) => {
    const mark = firstMark + references.length;
    if (mark > lastMark) return source;
    references.push({ offset, source });
    return String.fromCharCode(mark) + filler.repeat(source.length - 1);
  });
  return { text: masked, references };
}

/** Replaces the outermost references; one that has no end is left as it is. */
function replaceReferences(
  text: string,
  replace: (source: string, offset: number) => string,
): string {
  const start = /\$?\$\{/g;
  let result = "";
  let done = 0;
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    const end = endOfReference(text, start.lastIndex);
    if (end === null) continue;
    result += text.slice(done, found.index) + replace(text.slice(found.index, end), found.index);
    done = start.lastIndex = end;
  }
  return result + text.slice(done);
}

/** Where the reference ends whose content begins at `from`: behind its own brace. */
function endOfReference(text: string, from: number): number | null {
  const token = /\$\{|[}\n'"]/g;
  token.lastIndex = from;
  let depth = 1;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === "${") depth += 1;
    else if (found[0] === "}") depth -= 1;
    else return null;
    if (depth === 0) return token.lastIndex;
    if (depth > deepestNesting) return null;
  }
  return null;
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

/**
 * What a reference stands for: `${VAR}`, `${VAR:-default}`, or `$${text}` for a literal `${text}`.
 * References in a default are replaced, too, but only when it is used.
 */
export function expandReference(
  source: string,
  env: Environment,
  readSecret: ReadSecret,
): Parsed<string> {
  if (source.startsWith("$$")) return accepted(source.slice(1));
  const [, name, fallback] = variable.exec(source) ?? [];
  if (name === undefined) {
    return refused(`${source} is neither \${NAME} nor \${NAME:-default}; write $\${ for a literal`);
  }
  const looked = lookUpVariable(env, name, readSecret);
  if (!looked.ok) return looked;
  const { value } = looked;
  // As in a shell, ":-" also covers a variable that is set to nothing.
  if (fallback !== undefined) {
    return value === undefined || value === ""
      ? expandText(fallback, env, readSecret)
      : accepted(value);
  }
  if (value !== undefined) return accepted(value);
  return refused(`the variable ${name} is not set; write \${${name}:-default} to do without it`);
}

function expandText(text: string, env: Environment, readSecret: ReadSecret): Parsed<string> {
  let failure: Parsed<string> | null = null;
  const expanded = replaceReferences(text, (source) => {
    const result = expandReference(source, env, readSecret);
    if (result.ok) return result.value;
    failure ??= result;
    return source;
  });
  return failure ?? accepted(expanded);
}

/** What YAML would have made of a plain scalar with this text: `workers: ${WORKERS:-4}` is 4. */
export function resolvePlain(text: string): string | number | boolean {
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return text;
}

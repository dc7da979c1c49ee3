import { type ConfigPath, formatPath } from "../config-path.ts";
import type { ConfigProblem } from "../problem.ts";
import {
  type Environment,
  expandReference,
  maskReferences,
  type Reference,
  replaceMasked,
  resolvePlain,
} from "./interpolation.ts";
import type { EntryPosition, Position } from "./position.ts";
import { parseYamlText } from "./yaml-text.ts";
import { type ReadSecret, readNoSecrets } from "./secret-files.ts";
import { type ReadScalar, readYamlTree } from "./yaml-tree.ts";

/** A configuration file that was read, in YAML or JSON. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

export interface FileSource {
  /** Undefined when the file is empty, or when it could not be parsed. */
  readonly value: unknown;
  readonly entries: ReadonlyMap<string, EntryPosition>;
  readonly problems: readonly ConfigProblem[];
  /** False after a syntax error: what was read is then not what was meant. */
  readonly isWellFormed: boolean;
}

/** Reads a file's text, with its `${VARIABLES}` replaced, and remembers where everything stood. */
export function readFileSource(
  file: ConfigFile,
  env: Environment,
  readSecret: ReadSecret = readNoSecrets,
): FileSource {
  const { text, references } = maskReferences(file.text.replace(/^\uFEFF/, ""));
  const restore = (masked: string): string =>
    replaceMasked(masked, references, (ref) => ref.source);
  const problemAt = (position: Position, path: ConfigPath, message: string): ConfigProblem => ({
    file: file.path,
    ...position,
    path: restore(formatPath(path)),
    message: restore(message),
    suggestion: null,
  });
  const yaml = parseYamlText(text);
  if (yaml.faults.length > 0) {
    const problems = yaml.faults.map(({ position, message }) => problemAt(position, [], message));
    return { value: undefined, entries: new Map(), problems, isWellFormed: false };
  }
  const readScalar = scalarReader(references, env, readSecret);
  const tree = readYamlTree(yaml, { readScalar, readKey: restore });
  const problems = tree.faults.map((fault) => problemAt(fault.position, fault.path, fault.message));
  return { value: tree.value, entries: tree.entries, problems, isWellFormed: true };
}

const unclosed = "${ needs its } before a quote or the end of the line; write $${ for a literal ${";

function scalarReader(
  references: readonly Reference[],
  env: Environment,
  readSecret: ReadSecret,
): ReadScalar {
  return (scalar, report) => {
    if (typeof scalar.value !== "string") return scalar.value;
    let expanded = 0;
    let failed = scalar.value.includes("${");
    if (failed) report(null, unclosed);
    const text = replaceMasked(scalar.value, references, ({ source, offset }) => {
      expanded += 1;
      const result = expandReference(source, env, readSecret);
      if (result.ok) return result.value;
      failed = true;
      report(offset, result.message);
      return source;
    });
    // Left in place, a failed reference would be reported a second time, as a bad value.
    if (failed) return undefined;
    return expanded > 0 && scalar.type === "PLAIN" ? resolvePlain(text) : text;
  };
}

import { type ConfigPath, formatPath } from "../config-path.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";
import type { ConfigProblem } from "../problem.ts";
import type { SchemaNode } from "../schema-node.ts";
import {
  type NameScope,
  pathOfVariable,
  poolNamesIn,
  prefix,
  segmentOf,
  segmentsOf,
  takesOnlyText,
} from "./environment-names.ts";
import type { Environment } from "./interpolation.ts";
import { fileSuffix, lookUpVariable, type ReadSecret } from "./secret-files.ts";
import type { SettingsTree } from "./settings-tree.ts";
import { parseYamlText } from "./yaml-text.ts";
import { readYamlTree } from "./yaml-tree.ts";

/** Names the file, so it cannot be a setting in it. */
const reserved: ReadonlySet<string> = new Set([`${prefix}CONFIG`]);

export interface EnvironmentOptions {
  readonly schema: SchemaNode;
  /** Pools that the flags define. */
  readonly flagPools: readonly string[];
  readonly readSecret: ReadSecret;
}

/** Lays the `EVENKEEL_…` variables over the tree. An empty variable counts as one that is not set. */
export function applyEnvironment(
  tree: SettingsTree,
  env: Environment,
  { schema, flagPools, readSecret }: EnvironmentOptions,
): ConfigProblem[] {
  const variables = ownVariables(env);
  const poolNames = new Set([...poolNamesIn(tree.root), ...flagPools]);
  const scope = { schema, poolNames: withNewPools([...poolNames], variables) };
  const problems: ConfigProblem[] = [];
  for (const [name, text] of variables) {
    const setting = settingOf(name, text, scope, env, readSecret);
    const problem = setting.ok
      ? applyVariable(tree, name, setting.value, scope)
      : problemOf(name, [], setting.message);
    if (problem !== null) problems.push(problem);
  }
  return problems;
}

/** Whole lists and mappings before their parts, list items in order. */
function ownVariables(env: Environment): (readonly [string, string])[] {
  return Object.entries(env)
    .flatMap(([name, text]) => (isOurs(name, text) ? [[name, text ?? ""] as const] : []))
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
}

function isOurs(name: string, text: string | undefined): boolean {
  if (!name.startsWith(prefix) || reserved.has(name)) return false;
  return text !== undefined && text !== "" && !isServiceLink(name, text);
}

/** Kubernetes gives every pod these when a Service is called "evenkeel" (enableServiceLinks). */
function isServiceLink(name: string, text: string): boolean {
  const rest = name.slice(prefix.length);
  if (rest.includes("__")) return false;
  if (/^([A-Z0-9_]+_)?SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(rest)) return true;
  if (/^([A-Z0-9_]+_)?PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(rest)) return true;
  return /^([A-Z0-9_]+_)?PORT$/.test(rest) && /^(tcp|udp|sctp):\/\//.test(text);
}

/** A new pool needs its backends; any other variable with an unknown pool is a slip of the pen. */
function withNewPools(
  known: readonly string[],
  variables: readonly (readonly [string, string])[],
): string[] {
  const names = [...known];
  for (const [variable] of variables) {
    const [pools = "", name = "", part] = segmentsOf(variable);
    const definesPool = part === undefined || part.toUpperCase() === "BACKENDS";
    if (pools.toUpperCase() !== "POOLS" || name === "" || !definesPool) continue;
    const isKnown = names.some((other) => segmentOf(other) === name.toUpperCase());
    if (!isKnown) names.push(name.toLowerCase());
  }
  return names;
}

interface Setting {
  /** Without `_FILE` where it is not part of a key. */
  readonly name: string;
  readonly text: string;
}

/** `EVENKEEL_ADMIN__TOKEN_FILE` is the token, read from a file; a key of that very name comes first. */
function settingOf(
  name: string,
  text: string,
  scope: NameScope,
  env: Environment,
  readSecret: ReadSecret,
): Parsed<Setting> {
  const direct = { name, text };
  const short = name.slice(0, -fileSuffix.length);
  if (!name.endsWith(fileSuffix) || pathOfVariable(name, scope).ok) return accepted(direct);
  if (!pathOfVariable(short, scope).ok) return accepted(direct);
  const content = lookUpVariable(env, short, readSecret);
  return content.ok ? accepted({ name: short, text: content.value ?? "" }) : content;
}

/** `variable` is the one that was set; problems and origins name it. */
function applyVariable(
  tree: SettingsTree,
  variable: string,
  { name, text }: Setting,
  scope: NameScope,
): ConfigProblem | null {
  const named = pathOfVariable(name, scope);
  if (!named.ok) return problemOf(variable, [], named.message, named.suggestion);
  const path = named.value;
  const value = takesOnlyText(scope.schema, path) ? accepted(text) : parseValue(text);
  if (!value.ok) return problemOf(variable, path, value.message);
  const obstacle = tree.set(path, value.value, variable);
  return obstacle === null ? null : problemOf(variable, path, obstacle);
}

function parseValue(text: string): Parsed<unknown> {
  const yaml = parseYamlText(text);
  const [fault] = yaml.faults;
  if (fault !== undefined) return refused(fault.message);
  const tree = readYamlTree(yaml, {
    readScalar: (scalar) => scalar.value,
    readKey: (key) => key,
  });
  const [treeFault] = tree.faults;
  return treeFault === undefined ? accepted(tree.value) : refused(treeFault.message);
}

function problemOf(
  name: string,
  path: ConfigPath,
  message: string,
  suggestion: string | null = null,
): ConfigProblem {
  return { file: name, line: null, column: null, path: formatPath(path), message, suggestion };
}

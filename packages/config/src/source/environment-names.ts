import { type ConfigPath, isMapping, valueAt } from "../config-path.ts";
import { nearestName } from "../nearest-name.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";
import {
  childNode,
  formsOf,
  knownKeys,
  namedChild,
  nodeAt,
  type SchemaNode,
} from "../schema-node.ts";

export const prefix = "EVENKEEL_";

/** What the names of variables are matched against. */
export interface NameScope {
  readonly schema: SchemaNode;
  /** Names of the pools that the file, the flags or other variables define. */
  readonly poolNames: readonly string[];
}

/** The parts of a variable's name: `EVENKEEL_POOLS__WEB__STRATEGY` is POOLS, WEB, STRATEGY. */
export function segmentsOf(variable: string): string[] {
  return variable.slice(prefix.length).split("__");
}

/** A key as a variable writes it; `my-pool` becomes MY_POOL, for a shell allows no dashes. */
export function segmentOf(key: string | number): string {
  return String(key)
    .replaceAll(/[^A-Za-z0-9]/g, "_")
    .toUpperCase();
}

/** The setting that a variable names. Case does not matter. */
export function pathOfVariable(variable: string, scope: NameScope): Parsed<ConfigPath> {
  const path: (string | number)[] = [];
  let node = scope.schema;
  for (const segment of segmentsOf(variable)) {
    const keys = keysAt(node, scope.poolNames);
    const [key, other] = keys.filter((name) => segmentOf(name) === segment.toUpperCase());
    if (other !== undefined) return refused(`could mean both "${key}" and "${other}"`);
    const step = key ?? readIndex(segment);
    const child = step === null ? undefined : childNode(node, step);
    if (step === null || child === undefined) return refusedName(variable, scope);
    path.push(step);
    node = child;
  }
  return accepted(path);
}

/** Compared without the prefix, which would make every two variables look alike. */
function refusedName(variable: string, scope: NameScope): Parsed<never> {
  const rest = variable.slice(prefix.length);
  const nearest = nearestName(rest, candidateNames(rest, scope));
  return refused("unknown variable", nearest === null ? null : prefix + nearest);
}

function readIndex(segment: string): number | null {
  return /^(0|[1-9]\d{0,5})$/.test(segment) ? Number(segment) : null;
}

/** `$schema` is for editors, so no variable sets it. */
function keysAt(node: SchemaNode, poolNames: readonly string[]): readonly string[] {
  const hasFreeNames = formsOf(node).some((form) => namedChild(form) !== undefined);
  return hasFreeNames ? poolNames : knownKeys(node).filter((key) => key !== "$schema");
}

/** Every name that could have been meant, with the list indices that this one uses. */
function* candidateNames(rest: string, scope: NameScope): Generator<string> {
  const indices = new Set([0]);
  for (const segment of rest.split("__")) indices.add(readIndex(segment) ?? 0);
  yield* namesBelow(scope.schema, scope.poolNames, indices, []);
}

function* namesBelow(
  node: SchemaNode,
  poolNames: readonly string[],
  indices: ReadonlySet<number>,
  above: readonly string[],
): Generator<string> {
  if (above.length > 0) yield above.join("__");
  const hasItems = formsOf(node).some((form) => form.items !== undefined);
  for (const key of hasItems ? [...keysAt(node, poolNames), ...indices] : keysAt(node, poolNames)) {
    const child = childNode(node, key);
    if (child) yield* namesBelow(child, poolNames, indices, [...above, segmentOf(key)]);
  }
}

/** True when a value here is text whatever it looks like: `[::1]:8080` is then no YAML list. */
export function takesOnlyText(schema: SchemaNode, path: ConfigPath): boolean {
  const node = nodeAt(schema, path);
  return node !== undefined && formsOf(node).every((form) => form.type === "string");
}

export function poolNamesIn(root: unknown): string[] {
  const pools = valueAt(root, ["pools"]);
  return isMapping(pools) ? Object.keys(pools) : [];
}

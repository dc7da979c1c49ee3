import type * as z from "zod";
import { type ConfigPath, valueAt } from "./config-path.ts";
import { describeValue } from "./describe-value.ts";
import { errorAt, type Finding } from "./finding.ts";
import { nearestName } from "./nearest-name.ts";
import { formsOf, knownKeys, nodeAt, type SchemaNode } from "./schema-node.ts";
import { explainForeignKey, mappingFormOf } from "./schema-variants.ts";

/** What is said about a key that is missing. */
export const isRequired = "is required";

type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;

/** Turns what zod says about a tree into findings in our words, each with its full path. */
export function findingsOf(
  issues: readonly Issue[],
  root: unknown,
  schema: SchemaNode,
  above: ConfigPath = [],
): Finding[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path.map(toSegment)];
    if (issue.code === "invalid_union") return unionFindings(issue, path, root, schema);
    if (issue.code === "unrecognized_keys") return unknownKeys(issue.keys, path, root, schema);
    return [findingOf(issue, path, valueAt(root, path))];
  });
}

function toSegment(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

function unknownKeys(
  keys: readonly string[],
  path: ConfigPath,
  root: unknown,
  schema: SchemaNode,
): Finding[] {
  const node = nodeAt(schema, path) ?? {};
  const value = valueAt(root, path);
  const known = knownKeys(mappingFormOf(node, value) ?? {});
  return keys.map((key) => {
    const message = `unknown key ${JSON.stringify(key)}${explainForeignKey(node, value, key)}`;
    return { ...errorAt([...path, key], message, nearestName(key, known)), target: "key" };
  });
}

/** Of the forms that a value may have, only the one that was meant has something useful to say. */
function unionFindings(
  issue: UnionIssue,
  path: ConfigPath,
  root: unknown,
  schema: SchemaNode,
): Finding[] {
  const value = valueAt(root, path);
  if (value === undefined || value === null) return [findingOf(issue, path, value)];
  if (issue.errors.length === 0) return [unknownVariant(path, value, schema)];
  const meant = issue.errors.find((form) => !form.some(isOtherForm));
  if (meant !== undefined) return findingsOf(meant, root, schema, path);
  const isGeneric = issue.message === "Invalid input";
  const names = issue.errors.flat().find((inner) => inner.code === "invalid_value");
  return [findingOf(isGeneric ? (names ?? issue) : issue, path, value)];
}

/** The key that says which form is meant names none of them. */
function unknownVariant(path: ConfigPath, value: unknown, schema: SchemaNode): Finding {
  const names = formsOf(nodeAt(schema, path) ?? {}).flatMap(({ const: name }) =>
    typeof name === "string" ? [name] : [],
  );
  const suggestion = typeof value === "string" ? nearestName(value, names) : null;
  return errorAt(path, `expected ${listNames(names)}, got ${describeValue(value)}`, suggestion);
}

/** The value as a whole is of another kind than this form takes. */
function isOtherForm(issue: Issue): boolean {
  const codes: readonly (string | undefined)[] = ["invalid_type", "invalid_value", "invalid_union"];
  return issue.path.length === 0 && codes.includes(issue.code);
}

function findingOf(issue: Issue, path: ConfigPath, value: unknown): Finding {
  if (value === undefined) return errorAt(path, isRequired);
  if (value === null) return errorAt(path, "is empty; give it a value or remove the key");
  return errorAt(path, wordsOf(issue, value), suggestionOf(issue, value));
}

/** Messages of our own schemas stand; what zod says by itself is said in the words of the file. */
function wordsOf(issue: Issue, value: unknown): string {
  if (issue.message !== "" && !zodsOwnWords.test(issue.message)) return issue.message;
  if (issue.code === "invalid_type") {
    return `expected ${kindNames[issue.expected] ?? issue.expected}, got ${describeValue(value)}`;
  }
  if (issue.code === "invalid_value") {
    return `expected ${listNames(issue.values.map(String))}, got ${describeValue(value)}`;
  }
  if (issue.code === "too_small") return `must be at least ${issue.minimum}`;
  if (issue.code === "too_big") return `must be at most ${issue.maximum}`;
  return issue.message;
}

const zodsOwnWords = /^(Invalid |Too (small|big)|Expected )/;

const kindNames: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  int: "a whole number",
  // Every number of the configuration is a count.
  number: "a whole number",
};

function listNames(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `one of ${names.join(", ")}`;
}

function suggestionOf(issue: Issue, value: unknown): string | null {
  if (issue.code === "custom") {
    const suggestion: unknown = issue.params?.["suggestion"];
    return typeof suggestion === "string" ? suggestion : null;
  }
  if (issue.code !== "invalid_value" || typeof value !== "string") return null;
  const names = issue.values.filter((name) => typeof name === "string");
  return nearestName(value, names);
}

import type { ConfigPath } from "./config-path.ts";

/** The parts of a JSON Schema that ours uses. */
export interface SchemaNode {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  /** A secret: never shown, not even to who wrote it. */
  readonly writeOnly?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  /** Mappings that one key with a fixed value tells apart: the options of each strategy. */
  readonly oneOf?: readonly SchemaNode[];
}

/** The forms a value may take: `strategy` is a name or a mapping. */
export function formsOf(node: SchemaNode): readonly SchemaNode[] {
  return (node.anyOf ?? node.oneOf)?.flatMap(formsOf) ?? [node];
}

/** The keys that a mapping may have here; empty where names are free or no mapping fits. */
export function knownKeys(node: SchemaNode): string[] {
  const keys = formsOf(node).flatMap((form) => Object.keys(form.properties ?? {}));
  return [...new Set(keys)];
}

/** What the schema says about one child, or undefined when there can be none of this name. */
export function childNode(node: SchemaNode, segment: string | number): SchemaNode | undefined {
  const children = formsOf(node).flatMap((form) => childOfForm(form, segment) ?? []);
  return children.length < 2 ? children[0] : { anyOf: children };
}

function childOfForm(form: SchemaNode, segment: string | number): SchemaNode | undefined {
  if (typeof segment === "number") return form.items;
  const properties = form.properties ?? {};
  return Object.hasOwn(properties, segment) ? properties[segment] : namedChild(form);
}

/** The schema under free names (pools), or undefined where the keys are fixed. */
export function namedChild(node: SchemaNode): SchemaNode | undefined {
  return node.additionalProperties === false ? undefined : node.additionalProperties;
}

export function nodeAt(root: SchemaNode, path: ConfigPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const segment of path) node = node && childNode(node, segment);
  return node;
}

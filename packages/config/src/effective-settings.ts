import { type ConfigPath, formatPath, isMapping } from "./config-path.ts";
import { formsOf, namedChild, type SchemaNode } from "./schema-node.ts";
import { mappingFormOf, variantKey, variantsOf } from "./schema-variants.ts";

/** A configuration in the words of the file, with every default filled in. */
export interface EffectiveSettings {
  readonly settings: unknown;
  /** By formatted path, for every scalar and every empty list: who gave it, or "default". */
  readonly origins: ReadonlyMap<string, string>;
}

type OriginOf = (path: ConfigPath) => string | null;

/** Fills a valid tree with the schema's defaults and notes where every value came from. */
export function fillDefaults(
  root: unknown,
  schema: SchemaNode,
  originOf: OriginOf,
): EffectiveSettings {
  const filler = new DefaultsFiller(originOf);
  return { settings: filler.fill(root, schema, []), origins: filler.origins };
}

const fromDefault: OriginOf = () => null;

class DefaultsFiller {
  readonly origins = new Map<string, string>();
  readonly #originOf: OriginOf;

  constructor(originOf: OriginOf) {
    this.#originOf = originOf;
  }

  fill(value: unknown, node: SchemaNode, path: ConfigPath, originOf = this.#originOf): unknown {
    if (Array.isArray(value) && value.length > 0) {
      const items = formsOf(node).find(({ type }) => type === "array")?.items ?? {};
      return value.map((item: unknown, i) => this.fill(item, items, [...path, i], originOf));
    }
    if (isMapping(value)) {
      const form = mappingFormOf(node, value) ?? {};
      return this.#fillMapping(value, form, path, originOf);
    }
    const short = shorthandOf(value, node);
    if (short !== null) {
      return this.#fillMapping({ [short.key]: value }, short.form, path, () => originOf(path));
    }
    this.origins.set(formatPath(path), originOf(path) ?? "default");
    return value;
  }

  #fillMapping(
    written: Readonly<Record<string, unknown>>,
    node: SchemaNode,
    path: ConfigPath,
    originOf: OriginOf,
  ): unknown {
    const filled: Record<string, unknown> = {};
    for (const [key, child] of childrenOf(node, written)) {
      const isWritten = Object.hasOwn(written, key);
      const value = isWritten ? written[key] : child.default;
      if (value === undefined) continue;
      filled[key] = this.fill(value, child, [...path, key], isWritten ? originOf : fromDefault);
    }
    return filled;
  }
}

interface Shorthand {
  readonly key: string;
  readonly form: SchemaNode;
}

/**
 * The mapping that a text stands for, where there is more in it than the text says: a backend's URL or the
 * admin listener's address, which are the only keys that such a mapping must have, or a strategy's name.
 */
function shorthandOf(value: unknown, node: SchemaNode): Shorthand | null {
  if (typeof value !== "string") return null;
  const variant = variantsOf(node).get(value);
  if (variant !== undefined) {
    const hasOptions = Object.keys(variant.properties ?? {}).length > 1;
    return hasOptions ? { key: variantKey, form: variant } : null;
  }
  for (const form of formsOf(node)) {
    const [key, ...others] = form.required ?? [];
    if (key === undefined || others.length > 0) continue;
    const title = form.properties?.[key]?.title;
    const isText = formsOf(node).some(
      (other) => other.title !== undefined && other.title === title,
    );
    if (isText) return { key, form };
  }
  return null;
}

/** The keys of the schema in its order, or the free names as they were written. */
function childrenOf(node: SchemaNode, written: object): [string, SchemaNode][] {
  const named = namedChild(node);
  if (named === undefined) return Object.entries(node.properties ?? {});
  return Object.keys(written).map((name) => [name, named]);
}

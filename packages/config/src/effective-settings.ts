import { type ConfigPath, formatPath, isMapping } from "./config-path.ts";
import { formsOf, namedChild, type SchemaNode } from "./schema-node.ts";
import { mappingFormOf } from "./schema-variants.ts";

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

/** The keys of the schema in its order, or the free names as they were written. */
function childrenOf(node: SchemaNode, written: object): [string, SchemaNode][] {
  const named = namedChild(node);
  if (named === undefined) return Object.entries(node.properties ?? {});
  return Object.keys(written).map((name) => [name, named]);
}

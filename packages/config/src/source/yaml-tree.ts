import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";
import { type ConfigPath, formatPath } from "../config-path.ts";
import type { EntryPosition, Position } from "./position.ts";
import type { YamlText } from "./yaml-text.ts";

export interface TreeFault {
  readonly position: Position;
  readonly path: ConfigPath;
  readonly message: string;
}

/** Reads one scalar; what is wrong with it goes to `report` with the offset to look at. */
export type ReadScalar = (
  scalar: Scalar,
  report: (offset: number | null, message: string) => void,
) => unknown;

export interface TreeOptions {
  readonly readScalar: ReadScalar;
  readonly readKey: (text: string) => string;
}

export interface YamlTree {
  readonly value: unknown;
  /** By formatted path. */
  readonly entries: ReadonlyMap<string, EntryPosition>;
  readonly faults: readonly TreeFault[];
}

// Aliases can multiply a small text into a tree that fills the memory ("billion laughs").
const mostNodes = 200_000;
const deepest = 64;

/** Turns a parsed text into plain mappings, lists and scalars, and remembers where each stood. */
export function readYamlTree(yaml: YamlText, options: TreeOptions): YamlTree {
  const walker = new TreeWalker(yaml, options);
  const root = yaml.document.contents;
  const value = root === null ? undefined : walker.read(root, [], 0);
  return { value, entries: walker.entries, faults: walker.faults };
}

class TreeWalker {
  readonly entries = new Map<string, EntryPosition>();
  readonly faults: TreeFault[] = [];
  readonly #yaml: YamlText;
  readonly #options: TreeOptions;
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(yaml: YamlText, options: TreeOptions) {
    this.#yaml = yaml;
    this.#options = options;
  }

  read(node: Node, path: ConfigPath, keyOffset: number): unknown {
    const offset = offsetOf(node) ?? keyOffset;
    const value = this.#yaml.positionAt(offset);
    this.entries.set(formatPath(path), { key: this.#yaml.positionAt(keyOffset), value });
    this.#nodes += 1;
    const tooBig = this.#nodes > mostNodes || path.length > deepest;
    if (tooBig || this.#open.has(node)) {
      const message = tooBig ? "the configuration is too large or too deep" : "contains itself";
      if (this.#nodes <= mostNodes + 1) this.#report(offset, path, message);
      return undefined;
    }
    this.#open.add(node);
    const result = this.#readOpened(node, path, offset);
    this.#open.delete(node);
    return result;
  }

  #readOpened(node: Node, path: ConfigPath, offset: number): unknown {
    if (isMap(node)) return this.#readMap(node.items as Pair<Node, Node | null>[], path);
    if (isSeq(node)) {
      return (node.items as Node[]).map((item, index) =>
        this.read(item, [...path, index], offsetOf(item) ?? offset),
      );
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#yaml.document);
      if (target !== undefined) return this.read(target, path, offset);
      this.#report(offset, path, `*${node.source} names no anchor that stands before it`);
      return undefined;
    }
    if (!isScalar(node)) return undefined;
    return this.#options.readScalar(node, (at, message) => {
      this.#report(at ?? offset, path, message);
    });
  }

  #readMap(pairs: readonly Pair<Node, Node | null>[], path: ConfigPath): unknown {
    const mapping: Record<string, unknown> = {};
    for (const { key, value } of pairs) {
      const keyOffset = offsetOf(key) ?? 0;
      const name = this.#nameOf(key);
      if (name === null) {
        this.#report(keyOffset, path, "a key must be plain text");
        continue;
      }
      const childPath = [...path, name];
      if (Object.hasOwn(mapping, name)) {
        const first = this.entries.get(formatPath(childPath))?.key.line;
        const message = `the key ${JSON.stringify(name)} stands here twice, first in line ${first}`;
        this.#report(keyOffset, childPath, message);
        continue;
      }
      mapping[name] = value === null ? null : this.read(value, childPath, keyOffset);
    }
    return mapping;
  }

  /** A key's name; null for lists, mappings, aliases, and the one name that is not only a name. */
  #nameOf(key: Node): string | null {
    if (!isScalar(key)) return null;
    const name = this.#options.readKey(key.source ?? String(key.value));
    return name === "__proto__" ? null : name;
  }

  #report(offset: number, path: ConfigPath, message: string): void {
    this.faults.push({ position: this.#yaml.positionAt(offset), path, message });
  }
}

function offsetOf(node: Node): number | null {
  return node.range?.[0] ?? null;
}

import { isDeepStrictEqual } from "node:util";
import { redactSecrets } from "@evenkeel/config";

type Path = readonly string[];
type Mapping = Readonly<Record<string, unknown>>;

/** Longer values say only that they changed. */
const longestValue = 60;

/**
 * What differs between two configurations in the words of the file, one line for each setting:
 * `pools.web.backends: +127.0.0.1:3003 −127.0.0.1:3001`, `pools.web.timeouts.response: 30s → 5s`. Never
 * shows a secret.
 */
export function configChanges(before: unknown, after: unknown): readonly string[] {
  const shown = { before: redactSecrets(before), after: redactSecrets(after) };
  return changesAt([], { before, after }, shown);
}

/** The same place of both configurations. */
interface Pair {
  readonly before: unknown;
  readonly after: unknown;
}

function changesAt(path: Path, real: Pair, shown: Pair): readonly string[] {
  if (isDeepStrictEqual(real.before, real.after)) return [];
  if (isMapping(real.before) && isMapping(real.after)) return ofMappings(path, real, shown);
  if (isItemList(real.before) && isItemList(real.after)) {
    if (isSecretList(real.before, shown.before) || isSecretList(real.after, shown.after)) {
      return [`${path.join(".")}: changed`];
    }
    return ofLists(path, real, shown);
  }
  return [`${path.join(".")}: ${valueChange(shown)}`];
}

function ofMappings(path: Path, real: Pair, shown: Pair): readonly string[] {
  const keys = new Set([
    ...Object.keys(real.before as Mapping),
    ...Object.keys(real.after as Mapping),
  ]);
  return [...keys].flatMap((key) => changesAt([...path, key], at(real, key), at(shown, key)));
}

/** Members that came and went by name, then those that changed. */
function ofLists(path: Path, real: Pair, shown: Pair): readonly string[] {
  const [before, after] = [named(real.before), named(real.after)];
  const [shownBefore, shownAfter] = [named(shown.before), named(shown.after)];
  const added = [...after.keys()].filter((name) => !before.has(name));
  const removed = [...before.keys()].filter((name) => !after.has(name));
  const moves = [...added.map((name) => `+${name}`), ...removed.map((name) => `−${name}`)];
  const both = [...after.keys()].filter((name) => before.has(name));
  const inner = both.flatMap((name) => {
    const [head, last = ""] = [path.slice(0, -1), path.at(-1)];
    const realPair = { before: before.get(name), after: after.get(name) };
    const shownPair = { before: shownBefore.get(name), after: shownAfter.get(name) };
    return changesAt([...head, `${last}[${name}]`], realPair, shownPair);
  });
  const isReordered =
    moves.length === 0 && inner.length === 0 && !isDeepStrictEqual(real.before, real.after);
  const lines = moves.length === 0 ? inner : [`${path.join(".")}: ${moves.join(" ")}`, ...inner];
  return isReordered ? [`${path.join(".")}: another order`] : lines;
}

function named(list: unknown): ReadonlyMap<string, unknown> {
  const names = new Map<string, unknown>();
  for (const item of list as readonly unknown[]) {
    const name = nameOf(item);
    const count = [...names.keys()].filter((known) => known.replace(/#\d+$/, "") === name).length;
    names.set(count === 0 ? name : `${name}#${count + 1}`, item);
  }
  return names;
}

/** By what a person would call it: a backend by id or address, a listener by address, a route by what it takes. */
function nameOf(item: unknown): string {
  if (typeof item === "string") return withoutScheme(item);
  if (!isMapping(item)) return JSON.stringify(item);
  const { id, url, address, name } = item;
  const own = id ?? url ?? address ?? name;
  if (typeof own === "string") return withoutScheme(own);
  const keys = ["listeners", "host", "path", "methods", "headers", "query"];
  const matches = keys.filter((key) => key in item);
  const text = matches.map((key) => plain(item[key])).join(" ");
  return text === "" ? "(any)" : text;
}

function withoutScheme(text: string): string {
  return text.replace(/^http:\/\//, "").replace(/\/$/, "");
}

function valueChange({ before, after }: Pair): string {
  if (isMapping(before ?? {}) && isMapping(after ?? {})) {
    if (before === undefined) return "added";
    if (after === undefined) return "removed";
  }
  const [from, to] = [plain(before), plain(after)];
  if ([before, after].some((value) => isMapping(value) && kindOf(value) === null)) return "changed";
  if (from === to || from.length + to.length > longestValue) return "changed";
  return `${from} → ${to}`;
}

function plain(value: unknown): string {
  if (value === undefined) return "(none)";
  const kind = isMapping(value) ? kindOf(value) : null;
  if (kind !== null) return kind;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A strategy with options or an active check says what it is. */
function kindOf({ type }: Mapping): string | null {
  return typeof type === "string" ? type : null;
}

function at({ before, after }: Pair, key: string): Pair {
  return { before: (before as Mapping)[key], after: (after as Mapping)[key] };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Its strings are not shown as they are, so they must not become names either. */
function isSecretList(real: unknown, shown: unknown): boolean {
  const items = shown as readonly unknown[];
  return (real as readonly unknown[]).some(
    (item, index) => typeof item === "string" && item !== items[index],
  );
}

/** Lists of numbers and the like are single values for a reader. */
function isItemList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => isMapping(item) || typeof item === "string");
}

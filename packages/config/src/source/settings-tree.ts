import { type ConfigPath, formatPath, isContainer, valueAt } from "../config-path.ts";
import type { Finding } from "../finding.ts";
import type { ConfigProblem } from "../problem.ts";
import type { FileSource } from "./file-source.ts";
import type { EntryPosition } from "./position.ts";

/** Who gave a value: a place in the file, or a variable or flag by name. */
type Origin =
  | { readonly kind: "file"; readonly entry: EntryPosition }
  | { readonly kind: "named"; readonly name: string };

const fileStart: EntryPosition = {
  key: { line: 1, column: 1 },
  value: { line: 1, column: 1 },
};

/** What all sources together say, as plain mappings and lists, and who said each part. */
export class SettingsTree {
  #root: unknown;
  readonly #file: string | null;
  readonly #origins = new Map<string, Origin>();

  constructor(file: string | null, source: FileSource | null) {
    this.#file = file;
    // A file with nothing in it is a mapping without keys.
    this.#root = source?.value ?? {};
    if (source !== null) this.#origins.set("", { kind: "file", entry: fileStart });
    for (const [path, entry] of source?.entries ?? []) {
      this.#origins.set(path, { kind: "file", entry });
    }
  }

  get root(): unknown {
    return this.#root;
  }

  /** Replaces one value and everything below it. Returns why that cannot be done, or null. */
  set(path: ConfigPath, value: unknown, name: string): string | null {
    const origin: Origin = { kind: "named", name };
    const last = path.at(-1);
    if (last === undefined) return "names no setting";
    const obstacle = this.#makeContainers(path, origin);
    if (obstacle !== null) return obstacle;
    const container = valueAt(this.#root, path.slice(0, -1)) as Record<string | number, unknown>;
    container[last] = structuredClone(value);
    this.#forgetBelow(formatPath(path));
    this.#origins.set(formatPath(path), origin);
    return null;
  }

  #makeContainers(path: ConfigPath, origin: Origin): string | null {
    for (let depth = 0; depth < path.length; depth++) {
      const here = path.slice(0, depth);
      const key = path[depth] as string | number;
      let container = valueAt(this.#root, here);
      if (container === undefined || container === null) {
        container = typeof key === "number" ? [] : {};
        const above = valueAt(this.#root, here.slice(0, -1)) as Record<string | number, unknown>;
        above[here.at(-1) as string | number] = container;
        this.#origins.set(formatPath(here), origin);
      }
      if (typeof container === "string") container = this.#writeOut(here, container);
      const obstacle = explainObstacle(container, key, formatPath(here));
      if (obstacle !== null) return obstacle;
    }
    return null;
  }

  /** `admin: ADDRESS` becomes `admin: { address: ADDRESS }`, so that its other parts can be set. */
  #writeOut(path: ConfigPath, text: string): unknown {
    if (path.length !== 1 || path[0] !== "admin") return text;
    const mapping = { address: text };
    (this.#root as Record<string, unknown>)["admin"] = mapping;
    const origin = this.#origins.get("admin");
    if (origin !== undefined) this.#origins.set("admin.address", origin);
    return mapping;
  }

  #forgetBelow(path: string): void {
    for (const known of this.#origins.keys()) {
      if (known.startsWith(`${path}.`) || known.startsWith(`${path}[`)) this.#origins.delete(known);
    }
  }

  /** The source of a value that is set: `evenkeel.yaml:5:7`, `EVENKEEL_WORKERS`, `flag --port`. */
  originOf(path: ConfigPath): string | null {
    const { origin } = this.#nearestOrigin(path);
    if (origin === null) return null;
    if (origin.kind === "named") return origin.name;
    const { line, column } = origin.entry.value;
    return `${this.#file ?? ""}:${line}:${column}`;
  }

  /** Says where a finding came from. */
  locate({ path, message, suggestion, target }: Finding): ConfigProblem {
    const { origin, isExact } = this.#nearestOrigin(path);
    const facts = { path: formatPath(path), message, suggestion };
    if (origin?.kind !== "file") {
      return { file: origin?.name ?? null, line: null, column: null, ...facts };
    }
    // A key that is missing is missed where its parent begins.
    const place = isExact && target === "value" ? origin.entry.value : origin.entry.key;
    return { file: this.#file, ...place, ...facts };
  }

  #nearestOrigin(path: ConfigPath): { origin: Origin | null; isExact: boolean } {
    for (let length = path.length; length >= 0; length--) {
      const origin = this.#origins.get(formatPath(path.slice(0, length)));
      if (origin !== undefined) return { origin, isExact: length === path.length };
    }
    return { origin: null, isExact: false };
  }
}

function explainObstacle(container: unknown, key: string | number, path: string): string | null {
  const place = path === "" ? "the configuration" : path;
  if (!isContainer(container)) return `${place} is a single value here, which has no parts to set`;
  if (!Array.isArray(container)) {
    if (typeof key === "number") return `${place} is not a list here`;
    return key === "__proto__" ? "names no setting" : null;
  }
  if (typeof key === "string") return `${place} is a list here`;
  const { length } = container;
  return key <= length ? null : `${place} has ${length} entries, so the next index is ${length}`;
}

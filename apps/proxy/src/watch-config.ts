import { type FSWatcher, readFileSync, realpathSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Editors and deployments make several changes in a row: one reload after the last of them. */
const settleMs = 200;

export interface WatchHooks {
  /** The file holds something else than before. */
  readonly onChange: () => void;
  /** It is not watched any more, or not completely; the message is for people. */
  readonly onProblem: (message: string) => void;
}

/**
 * Tells when the content of a file is another one. Watches folders, because what has the file's name today
 * may be another file tomorrow: editors write a new one and rename it, Kubernetes swaps the symlink `..data`
 * that the file is reached through. `known` is the content that is in force, which may be older than the
 * file by now. Returns how to stop.
 */
export function watchConfig(path: string, known: string | null, hooks: WatchHooks): () => void {
  const watched = new WatchedFile(resolve(path), hooks, known);
  return () => watched.stop();
}

class WatchedFile {
  readonly #path: string;
  readonly #hooks: WatchHooks;
  /** By folder. */
  #watchers: ReadonlyMap<string, FSWatcher> = new Map();
  #content: string | null;
  #timer: NodeJS.Timeout | null = null;

  constructor(path: string, hooks: WatchHooks, known: string | null) {
    this.#path = path;
    this.#hooks = hooks;
    this.#content = known;
    this.#follow();
    // What changed since `known` was read.
    this.#changed();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers = new Map();
  }

  /** The folder of the name, and those of what it leads to now. */
  #follow(): void {
    const folders = new Set([dirname(this.#path), ...realFolders(this.#path)]);
    const former = this.#watchers;
    const next = new Map<string, FSWatcher>();
    for (const folder of folders) {
      const watcher = former.get(folder) ?? this.#watch(folder);
      if (watcher !== null) next.set(folder, watcher);
    }
    for (const [folder, watcher] of former) if (!next.has(folder)) watcher.close();
    this.#watchers = next;
  }

  #watch(folder: string): FSWatcher | null {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed());
      watcher.on("error", (error) => this.#hooks.onProblem(problemWith(folder, error)));
      return watcher;
    } catch (error) {
      this.#hooks.onProblem(problemWith(folder, error as Error));
      return null;
    }
  }

  /** Something in one of the folders, which may well be something else. */
  #changed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settled(), settleMs).unref();
  }

  #settled(): void {
    this.#timer = null;
    this.#follow();
    const content = readOrNull(this.#path);
    // Gone for a moment, or for good: what is in force stays.
    if (content === null || content === this.#content) return;
    this.#content = content;
    this.#hooks.onChange();
  }
}

/** null where there is no such file. */
export function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function realFolders(path: string): readonly string[] {
  try {
    return [dirname(realpathSync(path))];
  } catch {
    return [];
  }
}

function problemWith(folder: string, error: Error): string {
  return `changes in ${basename(folder)} are not seen any more: ${error.message}`;
}

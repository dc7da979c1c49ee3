import type { ConfigPath, ConfigProblem, LoadResult } from "@evenkeel/config";
import { withSetting } from "./edited-settings.ts";
import type { Loaded } from "./generations.ts";

const origin = "the admin API";

/** `server` is an entry of the pool's `backends`, in the words of the file; it becomes the last one. */
export function withServer(loaded: Loaded, pool: string, server: unknown): LoadResult {
  const list = listOf(loaded, pool);
  if (list === null) return refused(`there is no pool ${JSON.stringify(pool)}`);
  const added = withSetting(loaded.written, [...pathOf(pool), list.length], server, origin);
  return added;
}

export function withWeight(loaded: Loaded, pool: string, id: string, weight: unknown): LoadResult {
  const index = indexOf(loaded, pool, id);
  const entry = listOf(loaded, pool)?.[index];
  if (entry === undefined) return gone(pool, id);
  const changed =
    typeof entry === "string" ? { url: entry, weight } : { ...(entry as object), weight };
  return withSetting(loaded.written, [...pathOf(pool), index], changed, origin);
}

export function withoutServer(loaded: Loaded, pool: string, id: string): LoadResult {
  const index = indexOf(loaded, pool, id);
  const list = listOf(loaded, pool);
  if (index === -1 || list === null) return gone(pool, id);
  return withSetting(loaded.written, pathOf(pool), list.toSpliced(index, 1), origin);
}

function pathOf(pool: string): ConfigPath {
  return ["pools", pool, "backends"];
}

/** As they were written, in the order of the configuration. */
function listOf({ written }: Loaded, pool: string): readonly unknown[] | null {
  const { pools } = written as {
    readonly pools?: Readonly<Record<string, { backends?: unknown }>>;
  };
  const list = Object.hasOwn(pools ?? {}, pool) ? pools?.[pool]?.backends : undefined;
  return Array.isArray(list) ? list : null;
}

function indexOf({ config }: Loaded, pool: string, id: string): number {
  const found = config.pools.find(({ name }) => name === pool);
  return found?.backends.findIndex((backend) => backend.id === id) ?? -1;
}

/** It was there when the call came, and is not when its turn does. */
function gone(pool: string, id: string): LoadResult {
  return refused(`there is no server ${pool}/${id} any more`);
}

function refused(message: string): LoadResult {
  const problem: ConfigProblem = {
    file: origin,
    line: null,
    column: null,
    path: "pools",
    message,
    suggestion: null,
  };
  return { ok: false, problems: [problem], warnings: [] };
}

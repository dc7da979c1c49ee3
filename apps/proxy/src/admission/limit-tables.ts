import { randomInt } from "node:crypto";
import type { ConcurrencyLimitConfig, ResolvedConfig, RouteConfig } from "@evenkeel/config";
import { ConcurrencyTable, type ConcurrencyTableOptions, RateLimitTable } from "@evenkeel/core";

export interface KeyedLimit {
  /** The same in two configurations: the same limit of the same requests, which goes on where it was. */
  readonly key: string;
  /** What the threads share of it. */
  readonly allocate: (workers: number) => SharedArrayBuffer;
}

/** One thread's view of the limits of one route. */
export interface RouteTables {
  readonly rates: readonly RateLimitTable[];
  readonly concurrency: readonly ConcurrencyTable[];
}

/** A thread, as one of those that share the tables. */
export interface TablesPlace {
  readonly worker: number;
  readonly workers: number;
}

/** All limits, in the order of the routes, and of each route the rates first. */
export function limitKeysOf({ routes }: Pick<ResolvedConfig, "routes">): readonly KeyedLimit[] {
  const seen = new Map<string, number>();
  const keyed = (limit: unknown, allocate: KeyedLimit["allocate"]): KeyedLimit => {
    const text = JSON.stringify(limit);
    const count = seen.get(text) ?? 0;
    seen.set(text, count + 1);
    return { key: `${text}#${count}`, allocate };
  };
  return routes.flatMap((route) => [
    ...route.rateLimits.map((limit) => {
      const allocate = (): SharedArrayBuffer => RateLimitTable.allocate(limit, newSeed()).buffer;
      return keyed([matchOf(route), { ...limit, headers: null }], allocate);
    }),
    ...route.concurrencyLimits.map((limit) =>
      keyed([matchOf(route), limit], (workers) =>
        ConcurrencyTable.allocate(optionsOf(limit, workers), newSeed()),
      ),
    ),
  ]);
}

/** This thread's view of them, by route. */
export function attachLimitTables(
  routes: readonly RouteConfig[],
  buffers: readonly SharedArrayBuffer[],
  { worker, workers }: TablesPlace,
): readonly RouteTables[] {
  let next = 0;
  const takeBuffer = (): SharedArrayBuffer => {
    const buffer = buffers[next++];
    if (buffer === undefined) throw new Error(`there are only ${buffers.length} tables of limits`);
    return buffer;
  };
  return routes.map(({ rateLimits, concurrencyLimits }) => ({
    rates: rateLimits.map((limit) => new RateLimitTable(takeBuffer(), limit)),
    concurrency: concurrencyLimits.map(
      (limit) => new ConcurrencyTable(takeBuffer(), optionsOf(limit, workers), worker),
    ),
  }));
}

/** A worker has died: what its requests held of the concurrency limits is free. */
export function clearLimits(
  routes: readonly RouteConfig[],
  buffers: readonly SharedArrayBuffer[],
  place: TablesPlace,
): void {
  for (const { concurrency } of attachLimitTables(routes, buffers, place)) {
    for (const table of concurrency) table.clearWorker();
  }
}

function optionsOf(
  { requests, maxKeys }: ConcurrencyLimitConfig,
  workers: number,
): ConcurrencyTableOptions {
  return { limit: requests, maxKeys, workers };
}

/** Which requests a route takes. */
function matchOf({ listeners, host, path, methods, headers, query }: RouteConfig): unknown {
  return [listeners, host, path, methods, headers, query];
}

function newSeed(): [number, number] {
  return [randomInt(2 ** 32), randomInt(2 ** 32)];
}

import { isDeepStrictEqual } from "node:util";
import { type RouteTables, attachLimitTables } from "../admission/limit-tables.ts";
import { type RouteGate, createRouteGate } from "../admission/route-gate.ts";
import { type PoolDeps, createPool, handOverConnections } from "../create-pool.ts";
import type { PoolRuntime } from "../pool-runtime.ts";
import { Router } from "../routing/router.ts";
import type { PlacedConfig } from "./placed-config.ts";

/** What one thread serves requests by: one generation, made ready. Nothing of it changes. */
export interface Serving {
  readonly config: PlacedConfig;
  readonly pools: readonly PoolRuntime[];
  readonly router: Router;
}

/**
 * Makes the next one beside `former`, which goes on serving. What both have alike is the same object in
 * both, so that nothing is lost of what it knows and holds.
 */
export function createServing(
  config: PlacedConfig,
  deps: PoolDeps,
  former: Serving | null,
): Serving {
  const known = new Map(former?.pools.map((pool) => [pool.config.name, pool]));
  const pools = config.pools.map((pool) => {
    const same = known.get(pool.name);
    return same !== undefined && isDeepStrictEqual(same.config, pool)
      ? same
      : createPool(pool, deps, same);
  });
  const isSame = former !== null && hasSameRoutes(former, config, pools);
  return {
    config,
    pools,
    router: isSame ? former.router : createRouter(config, pools, deps),
  };
}

/** `next` is in force; `former` serves only the requests that it has. */
export function retire(former: Serving, next: Serving): void {
  const successors = new Map(next.pools.map((pool) => [pool.config.name, pool]));
  for (const pool of former.pools) {
    const successor = successors.get(pool.config.name);
    if (successor === pool) continue;
    pool.successor = successor ?? null;
    handOverConnections(pool, successor);
  }
}

function hasSameRoutes(
  former: Serving,
  config: PlacedConfig,
  pools: readonly PoolRuntime[],
): boolean {
  return (
    former.pools.length === pools.length &&
    pools.every((pool) => former.pools.includes(pool)) &&
    isDeepStrictEqual(former.config.routes, config.routes) &&
    former.config.limitTables.every((table, index) => table === config.limitTables[index])
  );
}

function createRouter(config: PlacedConfig, pools: readonly PoolRuntime[], deps: PoolDeps): Router {
  const { random, clock, turns } = deps.thread;
  const byName = new Map(pools.map((pool) => [pool.config.name, pool]));
  const findPool = (name: string): PoolRuntime => {
    const pool = byName.get(name);
    if (pool === undefined) throw new Error(`a route names the unknown pool ${name}`);
    return pool;
  };
  const thread = { random, clock, runLast: (task: () => void): void => turns.runLast(task) };
  return new Router(config.routes, { findPool, gates: createGates(config, deps), thread });
}

function createGates(
  { routes, limitTables }: PlacedConfig,
  { thread: { random }, worker, scoreboard }: PoolDeps,
): readonly (RouteGate | null)[] {
  const { workers } = scoreboard.shape;
  const tables = attachLimitTables(routes, limitTables, { worker, workers });
  return routes.map((route, index) => createRouteGate(route, tables[index] ?? noTables, random));
}

const noTables: RouteTables = { rates: [], concurrency: [] };

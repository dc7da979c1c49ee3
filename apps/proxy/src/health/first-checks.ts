import type { PlacedBackend, PlacedConfig, PlacedPool } from "../generation/placed-config.ts";
import { ProbeDispatchers } from "./probe-dispatchers.ts";
import { type ProbeResult, probe } from "./probe.ts";

/** A reload waits no longer than this for backends that do not answer. */
const mostMs = 5_000;

/**
 * A backend that is new to a running balancer gets no traffic before its first check. Where a pool would
 * have no other, its new ones are asked before the generation comes into force, or it would answer 503 until
 * they are. Resolves when each such pool has one that passed, or all answers are there; `isReady` says which
 * slots serve now.
 */
export async function checkFirst(
  { pools }: PlacedConfig,
  added: ReadonlySet<number>,
  isReady: (slot: number) => boolean,
): Promise<ReadonlyMap<number, ProbeResult>> {
  const results = new Map<number, ProbeResult>();
  const dispatchers = new ProbeDispatchers();
  const ask = async (pool: PlacedPool, backend: PlacedBackend): Promise<void> => {
    if (backend.healthCheck === null) return;
    const route = dispatchers.routeTo(backend, pool);
    const result = await probe(backend, backend.healthCheck, route);
    results.set(backend.slot, result);
    if (!result.passed) throw new Error(result.reason);
  };
  const needed = pools.filter(({ backends }) => lacksOld(backends, added, isReady));
  if (needed.length === 0) return results;
  const asked = Promise.all(
    needed.map((pool) => {
      const fresh = pool.backends.filter(({ slot }) => added.has(slot));
      // When none passes, that is what the reload comes to.
      return Promise.any(fresh.map((backend) => ask(pool, backend))).catch(() => undefined);
    }),
  );
  await within(asked, mostMs);
  const found = new Map(results);
  void dispatchers.destroy();
  return found;
}

function lacksOld(
  backends: readonly PlacedBackend[],
  added: ReadonlySet<number>,
  isReady: (slot: number) => boolean,
): boolean {
  return (
    backends.some(({ slot }) => added.has(slot)) &&
    !backends.some(({ slot, healthCheck }) => {
      return added.has(slot) ? healthCheck === null : isReady(slot);
    })
  );
}

async function within(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, milliseconds);
  await Promise.race([work, limit.promise]);
  clearTimeout(timer);
}

import type { Exchange } from "../exchange.ts";

/**
 * A request sees one generation from beginning to end, unless that one cannot serve it any more: when all
 * backends of its pool are gone before it was sent to one, its pool in the next generation takes it over.
 * False where there is none.
 */
export function followPool(exchange: Exchange): boolean {
  const { pool, binding } = exchange;
  const successor = pool?.successor ?? null;
  if (pool === null || successor === null) return false;
  // Its place in the queue is the old pool's.
  pool.waitingRoom?.leave(exchange);
  exchange.pool = successor;
  if (binding === null) return true;
  const home = [...successor.connections.keys()].find(({ id }) => id === binding.backend.id);
  if (home === undefined) exchange.hasLostBackend = true;
  else exchange.binding = { ...binding, backend: home };
  return true;
}

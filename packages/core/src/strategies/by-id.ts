import type { Backend } from "../backend.ts";

/**
 * Indexes of `backends` in the order of their ids, by code unit. For tables that must not depend on how
 * the pool lists its members.
 */
export function byId(backends: readonly Backend[]): number[] {
  const idOf = (index: number): string => (backends[index] as Backend).id;
  return [...backends.keys()].toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
}

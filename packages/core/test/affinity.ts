import type { Backend, PickContext, Strategy } from "../src/index.ts";
import { backend } from "./backends.ts";
import { firstAttempt } from "./strategies.ts";

/** Backends `b0`, `b1`, … of these weights. */
export function weighted(...weights: number[]): Backend[] {
  return weights.map((weight, index) => backend(index, { weight }));
}

/** `count` client addresses. */
export function keys(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
  );
}

/** Per key the id of its backend. */
export function ownersOf(
  strategy: Strategy,
  ready: readonly Backend[],
  hashKeys: readonly string[],
  context: Partial<PickContext> = {},
): string[] {
  return hashKeys.map(
    (hashKey) => strategy.pick(ready, { ...firstAttempt, ...context, hashKey })?.id ?? "none",
  );
}

/** Per backend, how many of `owners` it is. */
export function countsOf(owners: readonly string[], backends: readonly Backend[]): number[] {
  const counts = new Map<string, number>();
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return backends.map(({ id }) => counts.get(id) ?? 0);
}

/** Standard deviation over mean. */
export function variation(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  return Math.sqrt(squares / counts.length) / mean;
}

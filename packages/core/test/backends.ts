import type { Backend } from "../src/index.ts";

/** `b<index>` in the slot of that number. */
export function backend(index: number, changes: Partial<Backend> = {}): Backend {
  const fields = {
    host: "127.0.0.1",
    port: 8081 + index,
    socketPath: null,
    weight: 1,
    priority: 0,
  };
  return { id: `b${index}`, ...fields, slot: index, ...changes };
}

/** `count` equal backends in slots `firstSlot` and up. */
export function backends(count: number, firstSlot = 0): Backend[] {
  return Array.from({ length: count }, (_, index) => backend(firstSlot + index));
}

/** Largest minus smallest count. */
export function spread(counts: Iterable<number>): number {
  const all = [...counts];
  return Math.max(...all) - Math.min(...all);
}

export function itemOf<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index} of ${items.length}`);
  return item;
}

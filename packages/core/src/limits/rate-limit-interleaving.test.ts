import { afterEach, expect, test, vi } from "vitest";
import { RateLimitTable } from "./rate-limit-table.ts";

const options = { count: 1, perMs: 1_000, burst: 3, maxKeys: 1 };
const nowMs = 100_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** As the compiler sees them; the table also loads halves of words. */
type Words = BigInt64Array | BigUint64Array;

/** Stops before the atomic operation of this number, once, and lets `other` run to its end there. */
function interruptAt(operation: number, other: () => void): { readonly reached: () => boolean } {
  let count = 0;
  let isReached = false;
  const step = (): void => {
    if (count++ !== operation) return;
    isReached = true;
    other();
  };
  const { load, compareExchange } = Atomics;
  vi.spyOn(Atomics, "load").mockImplementation((words: Words, at: number) => {
    step();
    return load(words, at);
  });
  vi.spyOn(Atomics, "compareExchange").mockImplementation(
    (words: Words, at: number, expected: bigint, next: bigint) => {
      step();
      return compareExchange(words, at, expected, next);
    },
  );
  return { reached: () => isReached };
}

/** One bucket whose seven entries have used 1, 2, 3, 1, 2, 3 and 1 of their burst. */
function fullBucket(): RateLimitTable {
  const table = RateLimitTable.allocate(options, [1, 2]);
  for (let number = 0; number < 7; number++) {
    for (let use = 0; use <= number % 3; use++) table.take(`there-${number}`, nowMs - number);
  }
  return table;
}

function fingerprints(table: RateLimitTable): bigint[] {
  return [...new BigUint64Array(table.buffer).subarray(9, 16)].map((word) => word >> 40n);
}

interface Rival {
  readonly does: string;
  readonly keys: readonly string[];
  /** It may take so much room that the key is forgotten, with what it had used. */
  readonly evicts: boolean;
}

/** What another worker does while the first one is held up between two of its operations. */
const rivals: readonly Rival[] = [
  { does: "asks for the same key", keys: ["new", "new"], evicts: false },
  { does: "asks for another new key", keys: ["other", "other", "other"], evicts: false },
  {
    does: "uses up what would have made room",
    keys: ["there-0", "there-3", "there-6", "new"],
    evicts: false,
  },
  {
    does: "inserts others before and after the same key",
    keys: ["b", "new", "c", "c", "d", "new"],
    evicts: true,
  },
  {
    does: "fills the bucket twice",
    keys: Array.from({ length: 14 }, (_, number) => `filler-${number}`),
    evicts: true,
  },
];

test.each(rivals)("another worker $does at any moment", ({ keys, evicts }) => {
  let operation = 0;
  for (let isReached = true; isReached; operation++) {
    const table = fullBucket();
    const view = new RateLimitTable(table.buffer, options);
    let passed = 0;
    const interruption = interruptAt(operation, () => {
      vi.restoreAllMocks();
      for (const key of keys) if (view.take(key, nowMs) && key === "new") passed++;
    });
    if (table.take("new", nowMs)) passed++;
    isReached = interruption.reached();
    vi.restoreAllMocks();
    for (let use = 0; use < 5; use++) if (table.take("new", nowMs)) passed++;
    const entries = fingerprints(table);
    expect(new Set(entries).size, `stopped before operation ${operation}`).toBe(entries.length);
    if (!evicts) expect(passed, `stopped before operation ${operation}`).toBe(options.burst);
  }
  expect(operation).toBeGreaterThan(15);
});

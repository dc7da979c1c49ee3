import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { itemOf } from "../../test/backends.ts";
import { ConcurrencyTable, type ConcurrencyTableOptions } from "./concurrency-table.ts";

const usual = { limit: 3, maxKeys: 1_000, workers: 2 };
const { full, uncounted } = ConcurrencyTable;

/** One view for each worker. */
function tablesOf(options: Partial<ConcurrencyTableOptions> = {}): readonly ConcurrencyTable[] {
  const all = { ...usual, ...options };
  const buffer = ConcurrencyTable.allocate(all, [1, 2]);
  return Array.from(
    { length: all.workers },
    (_, worker) => new ConcurrencyTable(buffer, all, worker),
  );
}

function tableOf(options: Partial<ConcurrencyTableOptions> = {}): ConcurrencyTable {
  return itemOf(tablesOf({ workers: 1, ...options }), 0);
}

function acquired(table: ConcurrencyTable, key: string, requests: number): readonly number[] {
  return Array.from({ length: requests }, () => table.acquire(key)).filter((place) => place >= 0);
}

describe("one key", () => {
  test("has as many requests at a time as the limit says, and the next when one has ended", () => {
    const table = tableOf();
    const places = acquired(table, "a", 10);
    expect(places).toHaveLength(3);
    expect(table.acquire("a")).toBe(full);
    table.release(places[0] ?? full);
    expect([table.acquire("a") >= 0, table.acquire("a")]).toEqual([true, full]);
    expect(table.underWay("a")).toBe(3);
  });

  test("is not another one", () => {
    const table = tableOf();
    acquired(table, "a", 10);
    expect(acquired(table, "b", 10)).toHaveLength(3);
    expect(table.underWay("c")).toBe(0);
  });

  test("is counted over all workers", () => {
    const [one, two] = tablesOf() as [ConcurrencyTable, ConcurrencyTable];
    acquired(one, "a", 2);
    const places = acquired(two, "a", 5);
    expect(places).toHaveLength(1);
    expect(one.acquire("a")).toBe(full);
    two.release(places[0] ?? full);
    expect(acquired(one, "a", 5)).toHaveLength(1);
  });

  test("can have 65,535", () => {
    const table = tableOf({ limit: 65_535 });
    expect(acquired(table, "a", 70_000)).toHaveLength(65_535);
  });
});

test("what was refused or not counted is not released", () => {
  const table = tableOf();
  acquired(table, "a", 3);
  table.release(table.acquire("a"));
  table.release(uncounted);
  expect(table.underWay("a")).toBe(3);
});

describe("a worker that has died", () => {
  test("gives back what it had, and the others keep theirs", () => {
    const [one, two] = tablesOf() as [ConcurrencyTable, ConcurrencyTable];
    acquired(one, "a", 2);
    acquired(one, "b", 3);
    acquired(two, "a", 1);
    one.clearWorker();
    expect([two.underWay("a"), two.underWay("b")]).toEqual([1, 0]);
    one.clearWorker();
    expect(acquired(two, "a", 9)).toHaveLength(2);
  });

  test("between noting a request and counting it leaves nothing behind for long", () => {
    const [one, two] = tablesOf() as [ConcurrencyTable, ConcurrencyTable];
    const places = acquired(two, "a", 1);
    const dies = vi.spyOn(Atomics, "compareExchange").mockImplementation(() => {
      throw new Error("the worker was ended");
    });
    expect(() => one.acquire("a")).toThrow();
    dies.mockRestore();
    one.clearWorker();
    two.release(places[0] ?? full);
    expect(two.underWay("a")).toBe(0);
    expect(acquired(two, "a", 9)).toHaveLength(3);
  });
});

describe("when all places of a bucket are in use", () => {
  const one = { maxKeys: 1, limit: 1 };

  test("another key passes uncounted, and counts again when one has left", () => {
    const table = tableOf(one);
    const places = Array.from({ length: 7 }, (_, key) => table.acquire(`key-${key}`));
    expect(new Set(places).size).toBe(7);
    expect([table.acquire("more"), table.acquire("more")]).toEqual([uncounted, uncounted]);
    expect(table.uncounted).toBe(2);
    table.release(places[3] ?? full);
    expect([table.acquire("more") >= 0, table.acquire("more")]).toEqual([true, full]);
  });

  test("no key is forgotten that has a request under way", () => {
    const table = tableOf(one);
    acquired(table, "held", 1);
    for (let key = 0; key < 1_000; key++) table.release(table.acquire(`other-${key}`));
    expect(table.acquire("held")).toBe(full);
    expect(table.uncounted).toBe(0);
  });
});

test.each([{ limit: 0 }, { limit: 65_536 }, { limit: 1.5 }, { maxKeys: 0 }, { workers: 0 }])(
  "%j cannot be made",
  (options) => {
    expect(() => ConcurrencyTable.allocate({ ...usual, ...options }, [1, 2])).toThrow(
      "the table of a limit of requests at a time cannot be made",
    );
  },
);

test("a buffer of other options is refused, and a worker that is not there", () => {
  const buffer = ConcurrencyTable.allocate(usual, [1, 2]);
  expect(() => new ConcurrencyTable(buffer, { ...usual, workers: 3 }, 0)).toThrow("bytes");
  expect(() => new ConcurrencyTable(buffer, usual, 2)).toThrow("worker 2 of 2");
});

test("takes 21 bytes for each key, and two more for each of its places and workers", () => {
  const { byteLength } = ConcurrencyTable.allocate({ ...usual, maxKeys: 30_000 }, [1, 2]);
  expect(byteLength / 30_000).toBeLessThan(21.4 + 2 * 2 * 2.7);
});

const step = fc.record({
  worker: fc.nat(2),
  key: fc.constantFrom("a", "b", "c", "d"),
  does: fc.constantFrom("acquire", "acquire", "release", "die"),
});

test("whatever workers do, a key has what a list of its requests says", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const tables = tablesOf({ workers: 3 });
      const requests: { worker: number; key: string; place: number }[] = [];
      const countOf = (key: string): number => requests.filter((one) => one.key === key).length;
      for (const { worker, key, does } of steps) {
        const table = itemOf(tables, worker);
        const own = requests.findIndex((one) => one.worker === worker && one.key === key);
        if (does === "acquire") {
          const place = table.acquire(key);
          expect(place >= 0).toBe(countOf(key) < usual.limit);
          if (place >= 0) requests.push({ worker, key, place });
        } else if (does === "release" && own !== -1) {
          const [ended] = requests.splice(own, 1);
          table.release(ended?.place ?? full);
        } else if (does === "die") {
          table.clearWorker();
          const others = requests.filter((one) => one.worker !== worker);
          requests.splice(0, requests.length, ...others);
        }
        for (const name of ["a", "b", "c", "d"]) {
          expect(tables[0]?.underWay(name)).toBe(countOf(name));
        }
      }
    }),
  );
});

describe("another worker, at any moment of an acquisition,", () => {
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

  /** Each name alone is a request that begins and ends; `+` is one that goes on, until a `-` ends it. */
  const rivals: readonly (readonly [does: string, keys: readonly string[]])[] = [
    ["asks for the same key", ["new"]],
    ["holds the same key", ["+new", "+new", "+new", "+new"]],
    ["holds another new key", ["+other"]],
    ["uses the places that were unused", ["+left-0", "+left-1"]],
    ["uses them and leaves them", ["left-0", "left-1", "new", "left-0", "left-1"]],
    ["puts others in them and goes", ["b", "new", "c", "d", "b", "c", "new", "left-0", "left-1"]],
    ["comes back to what was there", ["left-0", "new", "left-0", "+new", "left-0"]],
    ["gives up the insertion and leaves all as it was", ["+left-0", "+new", "-left-0"]],
    ["goes on with it and leaves all as it was", ["new", "+left-0", "+new", "-left-0"]],
  ];

  test.each(rivals)("%s", (_, keys) => {
    let operation = 0;
    for (let isReached = true; isReached; operation++) {
      const [table, rival] = tablesOf({ maxKeys: 1 }) as [ConcurrencyTable, ConcurrencyTable];
      // Five places are in use and two were left by others.
      for (const key of ["left-0", "left-1"]) table.release(table.acquire(key));
      for (let key = 0; key < 5; key++) table.acquire(`there-${key}`);
      const counted: string[] = [];
      const places = new Map<string, number>();
      const interruption = interruptAt(operation, () => {
        vi.restoreAllMocks();
        for (const name of keys) {
          const key = name.replace(/^[+-]/, "");
          if (name.startsWith("-")) {
            rival.release(places.get(key) ?? full);
            continue;
          }
          const place = rival.acquire(key);
          places.set(key, place);
          if (name === key) rival.release(place);
          else if (place >= 0) counted.push(key);
        }
      });
      if (table.acquire("new") >= 0) counted.push("new");
      isReached = interruption.reached();
      vi.restoreAllMocks();
      const at = `stopped before operation ${operation}`;
      const held = counted.filter((key) => key === "new").length;
      expect(table.underWay("new"), at).toBe(held);
      expect(held + acquired(table, "new", 9).length, at).toBeLessThanOrEqual(usual.limit);
      const words = new BigUint64Array(table.buffer, 0, 16).subarray(9);
      const fingerprints = [...words].map((word) => word >> 40n);
      expect(new Set(fingerprints).size, at).toBe(7);
    }
    expect(operation).toBeGreaterThan(15);
  });
});

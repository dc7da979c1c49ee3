import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Gcra } from "./gcra.ts";
import { RateLimitTable, type RateLimitTableOptions } from "./rate-limit-table.ts";

const dayMs = 86_400_000;

function tableOf(options: Partial<RateLimitTableOptions> = {}): RateLimitTable {
  const usual = { count: 10, perMs: 1_000, burst: 5, maxKeys: 1_000 };
  return RateLimitTable.allocate({ ...usual, ...options }, [1, 2]);
}

function passed(table: RateLimitTable, key: string, nowMs: number, requests: number): number {
  return Array.from({ length: requests }, () => table.take(key, nowMs)).filter(Boolean).length;
}

describe("one key", () => {
  test("gets its burst at once, then one for every token", () => {
    const table = tableOf();
    expect(passed(table, "a", 0, 20)).toBe(5);
    expect([99, 100, 199, 200, 250].map((nowMs) => passed(table, "a", nowMs, 3))).toEqual([
      0, 1, 0, 1, 0,
    ]);
  });

  test("gets exactly the rate over an hour of asking too often", () => {
    const table = tableOf();
    let count = 0;
    for (let nowMs = 0; nowMs < 3_600_000; nowMs += 30) count += passed(table, "a", nowMs, 1);
    // The burst, and ten a second until the last request at 3,599,970 ms.
    expect(count).toBe(5 + 35_999);
  });

  test("is told what is left and how long to wait for more", () => {
    const table = tableOf();
    table.take("a", 1_000);
    expect([table.remaining, table.waitMs]).toEqual([4, 100]);
    table.take("a", 1_030);
    expect([table.remaining, table.waitMs]).toEqual([3, 70]);
    passed(table, "a", 1_030, 3);
    expect(table.take("a", 1_030)).toBe(false);
    expect([table.remaining, table.waitMs]).toEqual([0, 70]);
  });

  test("does not get more by asking in vain", () => {
    const table = tableOf();
    passed(table, "a", 0, 1_000);
    expect(passed(table, "a", 100, 1_000)).toBe(1);
  });

  test("has back what another limit refused", () => {
    const table = tableOf();
    expect(passed(table, "a", 0, 5)).toBe(5);
    table.giveBack("a", 0);
    expect(passed(table, "a", 0, 5)).toBe(1);
    table.giveBack("never seen", 0);
  });
});

describe("many keys", () => {
  const request = fc.record({
    key: fc.nat(30).map((number) => `key-${number}`),
    pauseMs: fc.oneof(fc.constant(0), fc.nat(400)),
    view: fc.nat(3),
  });

  test("are each limited alone, by all views together", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 300 }), (requests) => {
        const options = { count: 7, perMs: 1_000, burst: 3, maxKeys: 1_000 };
        const { buffer } = RateLimitTable.allocate(options, [5, 6]);
        const views = [0, 1, 2, 3].map(() => new RateLimitTable(buffer, options));
        const gcra = new Gcra(options);
        const tats = new Map<string, number>();
        let nowMs = 0;
        for (const { key, pauseMs, view } of requests) {
          nowMs += pauseMs;
          const now = gcra.ticksAt(nowMs);
          const next = gcra.next(tats.get(key) ?? -Infinity, now);
          const isAllowed = gcra.wait(next, now) <= 0;
          if (isAllowed) tats.set(key, next);
          expect(views[view]?.take(key, nowMs)).toBe(isAllowed);
        }
      }),
    );
  });

  test("as many as maxKeys are all remembered but for a few in a hundred", () => {
    const table = tableOf({ maxKeys: 20_000 });
    const keys = Array.from({ length: 20_000 }, (_, number) => `10.0.${number >> 8}.${number}`);
    for (const key of keys) passed(table, key, 0, 5);
    const forgotten = keys.filter((key) => table.take(key, 0)).length;
    expect(forgotten).toBeLessThan(400);
    expect(table.evictions).toBeGreaterThan(0);
  });

  test("a million of them take no more memory, and one that is used up is not forgotten for them", () => {
    const table = tableOf({ maxKeys: 10_000, count: 1, perMs: 3_600_000 });
    const { byteLength } = table.buffer;
    expect(byteLength).toBeLessThan(250_000);
    passed(table, "greedy", 0, 100);
    let refused = 0;
    for (let number = 0; number < 1_000_000; number++) {
      if (!table.take(`passer-by-${number}`, 0)) refused++;
    }
    expect(refused).toBe(0);
    expect(table.buffer.byteLength).toBe(byteLength);
    expect(table.take("greedy", 0)).toBe(false);
    expect(table.evictions).toBeGreaterThan(900_000);
  }, 60_000);

  test("those that have all of theirs again make room before any other", () => {
    const table = tableOf({ maxKeys: 1 });
    passed(table, "used up", 10_000, 5);
    for (let number = 0; number < 6; number++) table.take(`old-${number}`, 9_000);
    for (let number = 0; number < 6; number++) table.take(`new-${number}`, 10_000);
    expect(table.evictions).toBe(0);
    expect(table.take("used up", 10_000)).toBe(false);
    // Seven are there, all in use: of them the one goes that has used least.
    table.take("one more", 10_000);
    expect(table.evictions).toBe(1);
    expect(table.take("used up", 10_000)).toBe(false);
  });
});

test("a worker that died while it inserted a key holds nobody up", () => {
  const table = tableOf({ maxKeys: 1 });
  const words = new BigUint64Array(table.buffer);
  const [bucket, wishOfA] = [8, (0xabcdefn << 8n) | 3n];
  words[bucket] = wishOfA;
  expect(passed(table, "b", 0, 10)).toBe(5);
  expect((words[bucket + 3] ?? 0n) >> 40n).toBe(0xabcdefn);
  expect(words[bucket]).toBe(2n << 32n);
});

describe("time", () => {
  test("an entry is understood across the wrap of its 40 bits", () => {
    const table = tableOf({ count: 1_000, burst: 2_000 });
    const wrapMs = 2 ** 40 / 10;
    const startMs = wrapMs - 1_000;
    expect(passed(table, "a", startMs, 3_000)).toBe(2_000);
    expect(passed(table, "a", startMs + 1_500, 3_000)).toBe(1_500);
  });

  test.each([1, 30, 300, 900, 1_200])("a key that rested %i days has its whole burst", (days) => {
    const table = tableOf({ count: 1_000, burst: 50 });
    expect(passed(table, "a", dayMs, 100)).toBe(50);
    expect(passed(table, "a", dayMs + days * dayMs, 100)).toBe(50);
  });

  test("a thread whose clock was read earlier gives out nothing that is not there", () => {
    const table = tableOf();
    expect(passed(table, "a", 5_000, 5)).toBe(5);
    expect(passed(table, "a", 4_000, 5)).toBe(0);
    expect(passed(table, "a", 5_100, 5)).toBe(1);
  });
});

describe("a table", () => {
  const refused = expect.objectContaining({ code: "EVENKEEL_RATE_LIMIT_TABLE" });

  test.each([0, -1, 1.5, Number.NaN])("cannot have %d keys", (maxKeys) => {
    expect(() => tableOf({ maxKeys })).toThrow(refused);
  });

  test("cannot be shared with other settings than it was made for", () => {
    const { buffer } = tableOf({ maxKeys: 1_000 });
    const other = { count: 10, perMs: 1_000, burst: 5, maxKeys: 2_000 };
    expect(() => new RateLimitTable(buffer, other)).toThrow(refused);
  });

  test("cannot hold a burst that takes years to come back", () => {
    expect(() => tableOf({ count: 1, perMs: 3_600_000, burst: 1e6 })).toThrow(refused);
  });
});

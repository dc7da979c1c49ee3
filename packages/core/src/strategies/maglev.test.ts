import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keys, ownersOf, weighted } from "../../test/affinity.ts";
import { backends } from "../../test/backends.ts";
import { strategyOf } from "../../test/strategies.ts";
import type { Backend } from "../index.ts";
import { createMaglevTable } from "./maglev-table.ts";
import { MaglevTable } from "./maglev.ts";

const size = 65_537;

/** Per slot the id of its backend. */
function slotsOf(members: readonly Backend[]): string[] {
  const table = new MaglevTable();
  table.rebuild(members);
  const places = Int32Array.from(members.keys());
  return Array.from({ length: size }, (_, slot) => members[table.find(slot, places)]?.id ?? "none");
}

function countsOf(slots: readonly string[], members: readonly Backend[]): number[] {
  const counts = new Map<string, number>();
  for (const id of slots) counts.set(id, (counts.get(id) ?? 0) + 1);
  return members.map(({ id }) => counts.get(id) ?? 0);
}

/** The share of all slots that belong to another backend although theirs is still there. */
function disruption(
  before: readonly string[],
  after: readonly string[],
  gone: ReadonlySet<string>,
): number {
  const moved = before.filter((id, slot) => !gone.has(id) && after[slot] !== id);
  return moved.length / size;
}

test.each([1, 3, 10, 100, 655])("%i equal backends differ by at most one slot", (count) => {
  const counts = countsOf(slotsOf(backends(count)), backends(count));
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

test("slots are shared out by weight, and each backend has one", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(weights, (list) => {
      const members = weighted(...list);
      const total = list.reduce((sum, weight) => sum + weight, 0);
      countsOf(slotsOf(members), members).forEach((count, index) => {
        const fair = (size * (list[index] ?? 0)) / total;
        expect(count).toBeGreaterThanOrEqual(1);
        // Each takes up to one too many, in the first round, and all others lose those by weight.
        const borrowed = (list.length * fair) / size;
        expect(Math.abs(count - fair)).toBeLessThanOrEqual(2 + borrowed);
      });
    }),
    { numRuns: 20 },
  );
});

test("every slot of any table is somebody's, by the order of the backends", () => {
  const preference = fc.record({
    offset: fc.nat(30),
    skip: fc.integer({ min: 1, max: 30 }),
    weight: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(preference, { minLength: 1, maxLength: 40 }), (preferences) => {
      const table = createMaglevTable(preferences, 31);
      expect(table).toHaveLength(31);
      expect(table[preferences[0]?.offset ?? -1]).toBe(0);
      expect(table.every((index) => index < preferences.length)).toBe(true);
    }),
  );
});

// algorithms.md section 5.2: .23 % for 1 of 10, .57 % for 1 of 100, .87 % for 5 of 100.
test.each([
  { count: 10, lost: 1, most: 0.005 },
  { count: 100, lost: 1, most: 0.01 },
  { count: 100, lost: 5, most: 0.015 },
])(
  "without $lost of $count backends at most $most of the slots move that need not",
  ({ count, lost, most }) => {
    const members = backends(count);
    const gone = new Set(members.slice(3, 3 + lost).map(({ id }) => id));
    const rest = members.filter(({ id }) => !gone.has(id));
    const [more, fewer] = [slotsOf(members), slotsOf(rest)];
    expect(disruption(more, fewer, gone)).toBeLessThan(most);
    // The same steps backwards: what moves beyond the share of those that come.
    expect(disruption(fewer, more, new Set()) - lost / count).toBeLessThan(most);
  },
);

test("a doubled weight moves little more than the share it takes", () => {
  const equal = weighted(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
  const doubled = weighted(2, 1, 1, 1, 1, 1, 1, 1, 1, 1);
  const moved = disruption(slotsOf(equal), slotsOf(doubled), new Set());
  expect(moved).toBeGreaterThanOrEqual(2 / 11 - 1 / 10 - 0.001);
  expect(moved).toBeLessThan(2 / 11 - 1 / 10 + 0.02);
});

test("one ready backend of many is found from any slot", () => {
  const members = backends(300);
  const strategy = strategyOf("maglev");
  strategy.rebuild(members);
  expect(new Set(ownersOf(strategy, members.slice(211, 212), keys(200)))).toEqual(
    new Set(["b211"]),
  );
});

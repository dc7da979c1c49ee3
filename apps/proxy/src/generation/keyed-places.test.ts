import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KeyedPlaces, type NextPlaces, restGenerations } from "./keyed-places.ts";

const quiet = (): boolean => true;

function settled(places: KeyedPlaces, keys: readonly string[]): readonly number[] {
  const next = places.next(keys);
  if (next === null) throw new Error("no room");
  next.settle();
  return keys.map((key) => next.of(key));
}

test("a key that stays keeps its place, whatever comes and goes around it", () => {
  const places = new KeyedPlaces(8, quiet);
  const [home] = settled(places, ["a", "b"]);
  expect(settled(places, ["c", "a"])[1]).toBe(home);
  expect(settled(places, ["d", "e", "f", "a"])[3]).toBe(home);
});

test("a place rests for some generations, and is then taken before any that was never used", () => {
  const places = new KeyedPlaces(4_096, quiet);
  const keys = Array.from({ length: 4 * restGenerations }, (_, turn) => `key ${turn}`);
  const seen = keys.map((key) => settled(places, [key])[0] as number);
  const first = seen.indexOf(0, 1);
  expect(first).toBeGreaterThan(restGenerations);
  expect(Math.max(...seen)).toBeLessThanOrEqual(restGenerations + 1);
});

test("a place that has not rested is taken when there is no other", () => {
  const places = new KeyedPlaces(2, quiet);
  expect(["a", "b", "c"].map((key) => settled(places, [key])[0])).toEqual([0, 1, 0]);
});

test("a place in which something still runs is given to nobody but its own key", () => {
  const busy = new Set([0]);
  const places = new KeyedPlaces(2, (place) => !busy.has(place));
  expect(settled(places, ["a"])).toEqual([0]);
  expect(settled(places, ["b"])).toEqual([1]);
  expect(places.next(["b", "c"])).toBeNull();
  const back = places.next(["b", "a"]) as NextPlaces;
  expect([back.of("a"), back.added]).toEqual([0, [0]]);
  busy.clear();
  expect(settled(places, ["b", "c"])).toEqual([1, 0]);
});

test("what is not settled leaves everything as it was", () => {
  const places = new KeyedPlaces(3, quiet);
  settled(places, ["a"]);
  places.next(["a", "b", "c"]);
  expect(settled(places, ["a", "d"])).toEqual([0, 1]);
});

interface Step {
  readonly keys: readonly string[];
  readonly busy: readonly number[];
  readonly isDropped: boolean;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    keys: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"), { maxLength: 6 }),
    busy: fc.uniqueArray(fc.nat(5)),
    isDropped: fc.boolean(),
  }),
  { maxLength: 40 },
);

test("two keys never have one place, and no key gets one in which another's requests run", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let busy: ReadonlySet<number> = new Set();
      const places = new KeyedPlaces(6, (place) => !busy.has(place));
      let held: ReadonlyMap<string, number> = new Map();
      /** Whose requests were the last in a place. */
      const lastOf = new Map<number, string>();
      for (const { keys, busy: now, isDropped } of all) {
        // Requests only begin in a place that somebody has, and may go on in one that nobody has.
        const begun = new Set(held.values());
        busy = new Set(now.filter((place) => begun.has(place) || busy.has(place)));
        const next = places.next(keys);
        if (next === null) continue;
        const given = new Map(keys.map((key) => [key, next.of(key)]));
        expect(new Set(given.values()).size).toBe(keys.length);
        for (const [key, place] of given) {
          if (held.has(key)) expect(place).toBe(held.get(key));
          else if (busy.has(place)) expect(lastOf.get(place)).toBe(key);
        }
        if (isDropped) continue;
        const left = [...held].filter(([key]) => !given.has(key)).map(([, place]) => place);
        expect(new Set(next.settle())).toEqual(new Set(left));
        held = given;
        for (const [key, place] of given) lastOf.set(place, key);
      }
    }),
  );
});

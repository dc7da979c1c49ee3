import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backends } from "../../test/backends.ts";
import { strategies, strategyHonoursWeights, strategyNames, type Strategy } from "../index.ts";

const members = backends(8);
const context = { now: 0, hashKey: "" };

function strategyOf(name: (typeof strategyNames)[number], chance = 0.5): Strategy {
  let sequence = 0;
  const strategy = strategies[name]({
    random: () => chance,
    nextSequence: () => sequence++,
    inFlight: (backend) => backend.slot,
  });
  strategy.rebuild(members);
  return strategy;
}

/** Every strategy keeps this contract; a new name in the registry is under it at once. */
describe.each(strategyNames)("%s", (name) => {
  test("carries its registered name", () => {
    expect(strategyOf(name).name).toBe(name);
  });

  test("picks nothing from an empty list", () => {
    expect(strategyOf(name).pick([], context)).toBeUndefined();
  });

  test("picks the only ready backend", () => {
    for (const only of members) expect(strategyOf(name).pick([only], context)).toBe(only);
  });

  test("never picks outside the ready list, and always picks from one that is not empty", () => {
    const cases = fc.record({
      lists: fc.array(fc.subarray(members, { minLength: 1 }), { minLength: 1, maxLength: 20 }),
      hashKey: fc.string(),
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ lists, hashKey, chance }) => {
        const strategy = strategyOf(name, chance);
        for (const ready of lists) {
          expect(ready).toContain(strategy.pick(ready, { now: 0, hashKey }));
        }
      }),
    );
  });

  test("leaves the ready list as it was", () => {
    const ready = Object.freeze([...members]);
    expect(() => strategyOf(name).pick(ready, context)).not.toThrow();
  });

  test("says whether it honours weights", () => {
    expect(typeof strategyHonoursWeights(name)).toBe("boolean");
  });
});

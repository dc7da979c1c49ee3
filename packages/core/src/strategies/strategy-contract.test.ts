import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backends } from "../../test/backends.ts";
import { firstAttempt as context, strategyOf as build } from "../../test/strategies.ts";
import { strategyHonoursWeights, strategyNames, type Strategy } from "../index.ts";

const members = backends(8);
function strategyOf(name: (typeof strategyNames)[number], chance = 0.5): Strategy {
  const strategy = build(name, { random: () => chance, inFlight: (backend) => backend.slot });
  strategy.rebuild(members);
  return strategy;
}

/** Every strategy keeps this contract; a new name in the registry is under it at once. */
describe.each(strategyNames)("%s", (name) => {
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
      isRetry: fc.boolean(),
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ lists, hashKey, isRetry, chance }) => {
        const strategy = strategyOf(name, chance);
        for (const ready of lists) {
          expect(ready).toContain(strategy.pick(ready, { now: 0, hashKey, isRetry }));
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

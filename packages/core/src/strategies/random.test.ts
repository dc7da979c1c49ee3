import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { firstAttempt, picks, seeded, strategyOf } from "../../test/strategies.ts";
import type { StrategyName } from "../index.ts";

function countsOf(ids: readonly string[], of: readonly { readonly id: string }[]): number[] {
  return of.map(({ id }) => ids.filter((other) => other === id).length);
}

test("random maps equal parts of the interval to the backends in order", () => {
  const chances = [0, 0.249, 0.25, 0.5, 0.9999];
  const ids = chances.map(
    (chance) => picks(strategyOf("random", { random: () => chance }), backends(4), 1)[0],
  );
  expect(ids).toEqual(["b0", "b0", "b1", "b2", "b3"]);
});

/** The exact share of each index: the fraction of a fine grid of random numbers that leads to it. */
function sharesOf(
  name: StrategyName,
  weights: readonly number[],
  isRetry: boolean,
): readonly number[] {
  const ready = weights.map((weight, index) => backend(index, { weight }));
  const steps = 60_000;
  let step = 0;
  const strategy = strategyOf(name, { random: () => (step++ + 0.5) / steps });
  const ids = picks(strategy, ready, steps, { ...firstAttempt, isRetry });
  return countsOf(ids, ready).map((count) => count / steps);
}

test.each([false, true])(
  "weighted-random draws each by its share of the weights (retry %s)",
  (isRetry) => {
    const weights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, (list) => {
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const shares = sharesOf("weighted-random", list, isRetry);
        list.forEach((weight, index) => expect(shares[index]).toBeCloseTo(weight / total, 3));
      }),
      { numRuns: 20 },
    );
  },
);

test("weighted-random follows the ready list", () => {
  const strategy = strategyOf("weighted-random", { random: seeded(1) });
  const [one, other] = [backend(0, { weight: 1 }), backend(1, { weight: 3 })];
  picks(strategy, [one, other], 10);
  expect(new Set(picks(strategy, [one], 10))).toEqual(new Set(["b0"]));
});

test("first takes the first one while it is ready, then the next", () => {
  const all = backends(3);
  const strategy = strategyOf("first");
  expect(picks(strategy, all, 3)).toEqual(["b0", "b0", "b0"]);
  expect(picks(strategy, all.slice(1), 2)).toEqual(["b1", "b1"]);
});

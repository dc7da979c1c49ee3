import { expect, test } from "vitest";
import { countsOf, keys, ownersOf } from "../../test/affinity.ts";
import { backend, backends } from "../../test/backends.ts";
import { strategyOf } from "../../test/strategies.ts";
import type { Backend } from "../index.ts";

const clients = keys(60_000);

function countsFor(members: readonly Backend[]): number[] {
  const strategy = strategyOf("rendezvous");
  strategy.rebuild(members);
  return countsOf(ownersOf(strategy, members, clients), members);
}

// With plain FNV-1a these are 50/25/25 and 0/0/100 % (algorithms.md section 5.3).
test.each([{ weights: [1, 1, 1] }, { weights: [1, 1, 2] }, { weights: [1, 10, 1000] }])(
  "names that differ in their last character share $weights",
  ({ weights }) => {
    const members = weights.map((weight, index) =>
      backend(index, { weight, id: `srv-${index + 1}` }),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    countsFor(members).forEach((count, index) => {
      const share = (weights[index] ?? 0) / total;
      const deviation = Math.sqrt(clients.length * share * (1 - share));
      expect(Math.abs(count - clients.length * share)).toBeLessThan(4 * deviation);
    });
  },
);

test("100 equal backends differ no more than chance would have it", () => {
  const mean = clients.length / 100;
  const counts = countsFor(backends(100));
  const chiSquare = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  // 99 degrees of freedom: mean 99, standard deviation 14.
  expect(chiSquare).toBeGreaterThan(99 - 4 * 14);
  expect(chiSquare).toBeLessThan(99 + 4 * 14);
});

test("scales of weights do not matter, only ratios", () => {
  const light = backends(20).map((one, index) => ({ ...one, weight: 1 + (index % 3) }));
  const heavy = light.map((one) => ({ ...one, weight: one.weight * 256 }));
  expect(countsFor(heavy)).toEqual(countsFor(light));
});

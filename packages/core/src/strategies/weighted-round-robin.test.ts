import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backend, backends, spread } from "../../test/backends.ts";
import { firstAttempt, picks, seeded, strategyOf } from "../../test/strategies.ts";
import type { Backend } from "../index.ts";

function weighted(...weights: number[]): Backend[] {
  return weights.map((weight, index) => backend(index, { weight }));
}

/** nginx's own loop, one pick at a time. */
function smooth(ready: readonly Backend[], count: number): string[] {
  const total = ready.reduce((sum, { weight }) => sum + weight, 0);
  const credits = ready.map(() => 0);
  return Array.from({ length: count }, () => {
    ready.forEach(({ weight }, index) => (credits[index] = (credits[index] ?? 0) + weight));
    const best = credits.indexOf(Math.max(...credits));
    credits[best] = (credits[best] ?? 0) - total;
    return ready[best]?.id ?? "none";
  });
}

test("{5,1,1} gives a a b a c a a (nginx commit 52327e062)", () => {
  const names = ["a", "b", "c"];
  const ready = weighted(5, 1, 1).map((one, index) => ({ ...one, id: names[index] ?? "" }));
  expect(picks(strategyOf("weighted-round-robin"), ready, 14).join(" ")).toBe(
    "a a b a c a a a a b a c a a",
  );
});

test("equal weights are plain round robin", () => {
  const ready = weighted(7, 7, 7);
  expect(picks(strategyOf("weighted-round-robin"), ready, 6)).toEqual(
    picks(strategyOf("round-robin"), ready, 6),
  );
});

const weights = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 9 });

test("is nginx's sequence for any weights", () => {
  fc.assert(
    fc.property(weights, (list) => {
      const ready = weighted(...list);
      const count = list.reduce((sum, weight) => sum + weight, 0);
      const ids = picks(strategyOf("weighted-round-robin"), ready, count);
      expect(ids).toEqual(smooth(ready, count));
    }),
  );
});

test("each backend gets exactly its weight in any window of one period", () => {
  fc.assert(
    fc.property(weights, fc.nat(1000), (list, sequence) => {
      const ready = weighted(...list);
      const period = list.reduce((sum, weight) => sum + weight, 0);
      const ids = picks(strategyOf("weighted-round-robin", { sequence }), ready, period);
      const counts = ready.map(({ id }) => ids.filter((other) => other === id).length);
      expect(counts).toEqual(list);
    }),
  );
});

test("a backend that leaves takes only its own share with it, at once", () => {
  const ready = weighted(3, 2, 1);
  const strategy = strategyOf("weighted-round-robin", { sequence: 4 });
  picks(strategy, ready, 5);
  const rest = ready.filter(({ id }) => id !== "b1");
  const ids = picks(strategy, rest, 4);
  expect(["b0", "b2"].map((id) => ids.filter((other) => other === id).length)).toEqual([3, 1]);
});

test("after changed weights nobody is ahead by more than a period", () => {
  const strategy = strategyOf("weighted-round-robin", { sequence: 13 });
  picks(strategy, weighted(4, 1), 7);
  const ids = picks(strategy, weighted(1, 4), 10);
  expect(["b0", "b1"].map((id) => ids.filter((other) => other === id).length)).toEqual([2, 8]);
});

test("a retry draws by weight and leaves the sequence alone", () => {
  const strategy = strategyOf("weighted-round-robin", { random: seeded(7) });
  const ready = weighted(8, 1, 1);
  const ids = picks(strategy, ready, 3_000, { ...firstAttempt, isRetry: true });
  const heavy = ids.filter((id) => id === "b0").length;
  // 5 standard deviations of a binomial with p = 0.8.
  expect(Math.abs(heavy - 2_400)).toBeLessThan(5 * Math.sqrt(3_000 * 0.8 * 0.2));
  expect(picks(strategy, ready, 1)).toEqual(["b0"]);
});

test("any number of equal weights stays within 1", () => {
  const ready = backends(70).map((one) => ({ ...one, weight: 1000 }));
  const ids = picks(strategyOf("weighted-round-robin"), ready, 500);
  expect(
    spread(ready.map(({ id }) => ids.filter((other) => other === id).length)),
  ).toBeLessThanOrEqual(1);
});

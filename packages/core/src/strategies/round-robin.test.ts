import { expect, test } from "vitest";
import { backend, backends, spread } from "../../test/backends.ts";
import { firstAttempt as context, picks, strategyOf } from "../../test/strategies.ts";
import { strategyHonoursWeights, type Strategy } from "../index.ts";

function roundRobinFrom(sequence: number): Strategy {
  return strategyOf("round-robin", { sequence });
}

test("takes each one in turn", () => {
  expect(picks(roundRobinFrom(0), backends(3), 7)).toEqual("0120120".split("").map((n) => `b${n}`));
});

test("indexes the ready list: a missing backend's share goes to all others alike", () => {
  const ready = backends(4).filter(({ id }) => id !== "b1");
  const ids = picks(roundRobinFrom(0), ready, 300);
  expect(ready.map(({ id }) => ids.filter((other) => other === id).length)).toEqual([
    100, 100, 100,
  ]);
});

test("an empty list draws no number", () => {
  const strategy = roundRobinFrom(1);
  strategy.pick([], context);
  expect(picks(strategy, backends(3), 1)).toEqual(["b1"]);
});

test("at the wrap at 2^32 a turn is cut short once, which costs at most one more request", () => {
  // 2^32 % 3 = 1: the last number gives b0 and the first one gives b0 again.
  const ids = picks(roundRobinFrom(2 ** 32 - 4), backends(3), 8);
  expect(ids).toEqual(["b0", "b1", "b2", "b0", "b0", "b1", "b2", "b0"]);
  const counts = ["b0", "b1", "b2"].map((id) => ids.filter((other) => other === id).length);
  expect(spread(counts)).toBe(2);
});

test("ignores weights", () => {
  expect(picks(roundRobinFrom(0), [backend(0, { weight: 9 }), backend(1)], 4)).toEqual([
    "b0",
    "b1",
    "b0",
    "b1",
  ]);
  expect(strategyHonoursWeights("round-robin")).toBe(false);
});

import { expect, test } from "vitest";
import { backend, backends, spread } from "../../test/backends.ts";
import { noRandom } from "../../test/scripted.ts";
import { strategies, strategyHonoursWeights, type Strategy } from "../index.ts";

const context = { now: 0, hashKey: "" };

function roundRobinFrom(start: number): Strategy {
  let sequence = start;
  return strategies["round-robin"]({
    random: noRandom,
    nextSequence: () => sequence++ >>> 0,
    inFlight: () => 0,
  });
}

function picks(strategy: Strategy, ready: ReturnType<typeof backends>, count: number): string[] {
  return Array.from({ length: count }, () => strategy.pick(ready, context)?.id ?? "none");
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

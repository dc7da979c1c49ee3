import { expect, test } from "vitest";
import { planTurns } from "./turn-plan.ts";

const url = "http://127.0.0.1:1/";

test("runs are cut into turns of about a second, as many on both sides", () => {
  const a = { url, durationMs: 4500, seed: 7, warmupMs: 500 };
  const b = { url, ratePerSecond: 100 };
  const { turns, optionsOf } = planTurns([a, b], { runs: 3, isWhole: false });
  expect(turns).toBe(12);
  expect(optionsOf(a, 0)).toMatchObject({ durationMs: 1125, seed: 7, warmupMs: 500 });
  expect(optionsOf(a, 1)).toMatchObject({ durationMs: 1125, seed: 8, warmupMs: undefined });
  expect(optionsOf(a, 4)).toMatchObject({ seed: 11, warmupMs: 500 });
  expect(optionsOf(b, 2)).toMatchObject({ durationMs: 2500, ratePerSecond: 100, seed: 3 });
});

test.each([
  [{ url, requests: 100 }, false],
  [{ url, profile: "smoke" }, false],
  [{ url, stages: [{ durationMs: 5000, perSecond: 10 }] }, false],
  [{ url, durationMs: 900 }, false],
  [{ url, durationMs: 5000 }, true],
])("a turn is a whole run where it has to be: %j", (options, isWhole) => {
  const { turns, optionsOf } = planTurns([options, options], { runs: 4, isWhole });
  expect(turns).toBe(4);
  expect(optionsOf(options, 3)).toEqual({ ...options, seed: 4 });
});

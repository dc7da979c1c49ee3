import { expect, test } from "vitest";
import { planCores, planTwoWorkers } from "./cores.ts";

test("gives the proxy a core for itself when there are two", () => {
  expect(planCores([0, 1], [0])).toEqual({ proxy: [0], load: [1], backend: [1] });
});

test("shares the only core", () => {
  expect(planCores([3], [3])).toEqual({ proxy: [3], load: [3], backend: [3] });
});

test("spreads load and backend over more cores", () => {
  expect(planCores([0, 1, 2], [0])).toEqual({ proxy: [0], load: [1], backend: [2] });
  expect(planCores([0, 1, 2, 3], [0])).toEqual({ proxy: [0], load: [1, 2], backend: [3] });
  expect(planCores([0, 1, 2, 3, 4, 5], [0])).toEqual({
    proxy: [0],
    load: [1, 2],
    backend: [3, 4],
  });
});

test("leaves the proxy's hyperthread idle when another core is free", () => {
  expect(planCores([0, 1, 2, 3], [0, 1])).toEqual({ proxy: [0], load: [2], backend: [3] });
  expect(planCores([0, 1], [0, 1])).toEqual({ proxy: [0], load: [1], backend: [1] });
});

test("gives two workers a second core of the load generator's where there are four", () => {
  const twoOf = (allowed: readonly number[]) =>
    planTwoWorkers(planCores(allowed, allowed.slice(0, 1)), allowed);
  expect(twoOf([0, 1])).toBeUndefined();
  expect(twoOf([0, 1, 2])).toBeUndefined();
  expect(twoOf([0, 1, 2, 3])).toEqual({ proxy: [0, 1], load: [2], backend: [3] });
  expect(twoOf([0, 1, 2, 3, 4, 5, 6])).toEqual({
    proxy: [0, 1],
    load: [2, 5],
    backend: [3, 4],
  });
});

import { expect, test } from "vitest";
import { planCores } from "./cores.ts";

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

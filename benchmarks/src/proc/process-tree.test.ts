import { expect, test } from "vitest";
import { cpuBetween } from "./process-tree.ts";

test("takes the total from schedstat and the split from the ticks", () => {
  const before = { userTicks: 100, systemTicks: 50, totalNs: 1_500_000_000 };
  const after = { userTicks: 125, systemTicks: 125, totalNs: 3_500_000_000 };
  expect(cpuBetween(before, after)).toEqual({ user: 0.5, system: 1.5 });
});

test("falls back to ticks of 10 ms where the kernel keeps no schedstat", () => {
  const before = { userTicks: 0, systemTicks: 0, totalNs: 0 };
  const after = { userTicks: 25, systemTicks: 75, totalNs: 0 };
  expect(cpuBetween(before, after)).toEqual({ user: 0.25, system: 0.75 });
});

test("calls everything user time when no tick fell into the turn", () => {
  const idle = { userTicks: 7, systemTicks: 7, totalNs: 1_000_000_000 };
  expect(cpuBetween(idle, { ...idle, totalNs: 1_002_000_000 })).toEqual({ user: 0.002, system: 0 });
});

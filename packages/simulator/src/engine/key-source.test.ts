import { expect, test } from "vitest";
import { keySampler } from "./key-source.ts";

function countsOf(count: number, exponent: number): readonly number[] {
  const sample = keySampler({ count, exponent }, 1);
  const counts = Array.from({ length: count }, () => 0);
  for (let draw = 0; draw < 100_000; draw++) counts[sample()]! += 1;
  return counts;
}

test("by Zipf's law the second key is half as popular as the first", () => {
  const [first = 0, second = 0] = countsOf(100, 1);
  expect(second / first).toBeCloseTo(0.5, 1);
});

test("with exponent 0 all keys are equally popular", () => {
  for (const count of countsOf(10, 0)) {
    expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000));
  }
});

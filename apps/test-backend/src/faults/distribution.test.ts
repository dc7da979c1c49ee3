import { expect, test } from "vitest";
import { seededRandom } from "../seeded-random.ts";
import { distribution } from "./distribution.ts";

/** 20,000 sorted draws of the distribution, in milliseconds. */
function sample(text: string): number[] {
  const parsed = distribution.read(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const random = seededRandom(text);
  return Array.from({ length: 20_000 }, () => parsed.value.draw(random)).toSorted((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], share: number): number {
  return values[Math.floor(values.length * share)] ?? Number.NaN;
}

test.each(["30ms", "constant(30ms)", "const(30ms)", "uniform(30ms, 30ms)", "lognormal(30ms,0)"])(
  "%s is always 30 ms",
  (text) => {
    const values = sample(text);
    expect([values[0], values.at(-1)]).toEqual([30, 30]);
  },
);

// Expected values are those of the distributions; 3 % is six deviations of the mean or more.
test.each([
  ["uniform(10ms,40ms)", 25, 25],
  ["exponential(20ms)", 20, 20 * Math.LN2],
  ["exp(20ms)", 20, 20 * Math.LN2],
  ["normal(20ms,5ms)", 20, 20],
  ["lognormal(20ms,0.5)", 20 * Math.exp(0.125), 20],
  ["pareto(10ms,4)", 40 / 3, 10 * 2 ** 0.25],
  ["bimodal(10ms,210ms,5%)", 20, 10],
])("%s has the mean %d and the median %d", (text, expectedMean, expectedMedian) => {
  const values = sample(text);
  expect(Math.abs(mean(values) / expectedMean - 1)).toBeLessThan(0.03);
  expect(Math.abs(quantile(values, 0.5) / expectedMedian - 1)).toBeLessThan(0.03);
});

test("keeps to its bounds", () => {
  const uniform = sample("uniform(10ms,40ms)");
  expect(uniform[0]).toBeGreaterThanOrEqual(10);
  expect(uniform.at(-1)).toBeLessThan(40);
  expect(sample("pareto(10ms,1.2)")[0]).toBeGreaterThanOrEqual(10);
  expect(sample("normal(1ms,5ms)")[0]).toBe(0);
});

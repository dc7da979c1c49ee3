import { expect, test } from "vitest";
import { type Distribution, meanMsOf, samplerOf, withMean } from "./distribution.ts";
import { randomStream } from "./random-stream.ts";

const all: readonly Distribution[] = [
  { kind: "const", valueMs: 20 },
  { kind: "exp", meanMs: 20 },
  { kind: "uniform", fromMs: 10, toMs: 40 },
  { kind: "normal", centreMs: 20, deviationMs: 20 },
  { kind: "normal", centreMs: 167, deviationMs: 5 },
  { kind: "lognormal", medianMs: 20, sigma: 1.5 },
  { kind: "pareto", minMs: 10, alpha: 3 },
  { kind: "bimodal", usualMs: 10, rareMs: 210, rareShare: 0.05 },
];

function samples(distribution: Distribution, count: number): readonly number[] {
  const sample = samplerOf(distribution, randomStream(7, distribution.kind));
  return Array.from({ length: count }, sample);
}

function meanAndError(values: readonly number[]): readonly [mean: number, standardError: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return [mean, Math.sqrt(variance / values.length)];
}

test.each(all)(
  "samples of $kind have the mean that is said, within five standard errors",
  (one) => {
    const [mean, error] = meanAndError(samples(one, 200_000));
    expect(Math.abs(mean - meanMsOf(one))).toBeLessThanOrEqual(5 * error + 1e-9);
  },
);

test.each(all)("no sample of $kind is negative", (one) => {
  expect(Math.min(...samples(one, 10_000))).toBeGreaterThanOrEqual(0);
});

test.each(all)("$kind with another mean keeps its shape", (one) => {
  const scaled = withMean(one, 50);
  expect(meanMsOf(scaled)).toBeCloseTo(50, 6);
  const factor = 50 / meanMsOf(one);
  const [first = 0] = samples(one, 1);
  expect(samples(scaled, 1)[0]).toBeCloseTo(first * factor, 6);
});

test("the first argument of a lognormal is its median: half of the samples lie below", () => {
  const below = samples({ kind: "lognormal", medianMs: 20, sigma: 1.5 }, 100_000).filter(
    (value) => value < 20,
  ).length;
  expect(Math.abs(below - 50_000)).toBeLessThan(5 * Math.sqrt(100_000 / 4));
});

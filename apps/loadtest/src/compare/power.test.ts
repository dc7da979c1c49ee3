/*
 * How often a comparison finds what is there, and how often what is not, over simulated runs: seeded, so the
 * shares below are exact and the bounds leave room only for a change of the method.
 */
import { seededRandom } from "@evenkeel/oracles";
import { expect, test } from "vitest";
import { bucketOf } from "../observation/latency-histogram.ts";
import { compareSamples } from "./compare-samples.ts";
import type { SampleUnit } from "./sample-unit.ts";

/** How noisy the machine is: standard deviations of the logarithm of a run's latencies. */
interface Noise {
  readonly name: string;
  /** Shared by the runs of a pair. */
  readonly drift: number;
  /** Of each run. */
  readonly own: number;
  /** Of the slower half of each run, on top: what disturbs a run disturbs some of its requests. */
  readonly tail: number;
}

const quiet: Noise = { name: "quiet", drift: 0.05, own: 0.01, tail: 0.1 };
const loaded: Noise = { name: "loaded", drift: 0.3, own: 0.05, tail: 0.6 };

/** Twenty quantiles of an unremarkable distribution, as multiples of its median. */
const shape = Array.from({ length: 20 }, (_, index) => 0.9 + 0.1 * Math.exp(index / 5 - 2));

function runOf(medianUs: number, drift: number, noise: Noise, random: () => number): SampleUnit {
  const factor = medianUs * Math.exp(drift + noise.own * normal(random));
  const disturbance = Math.abs(noise.tail * normal(random));
  const latencyUs = new Map<number, number>();
  let sumUs = 0;
  for (const [index, multiple] of shape.entries()) {
    const isSlow = index >= 8;
    const value = Math.round(factor * multiple * (isSlow ? Math.exp(disturbance) : 1));
    sumUs += value;
    const bucket = bucketOf(value);
    latencyUs.set(bucket, (latencyUs.get(bucket) ?? 0) + 50);
  }
  const achieved = Math.round(2e9 / (sumUs / shape.length));
  return { durationMs: 2000, offered: achieved, achieved, failed: 0, latencyUs };
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Share of simulated comparisons in which any metric shows a difference. */
function shownShare(factor: number, runs: number, noise: Noise, times = 200): number {
  const random = seededRandom(1000 * factor + runs);
  const comparisons = Array.from({ length: times }, () => {
    const drifts = Array.from({ length: runs }, () => noise.drift * normal(random));
    const side = (medianUs: number): SampleUnit[] =>
      drifts.map((drift) => runOf(medianUs, drift, noise, random));
    return compareSamples(side(5000), side(5000 * factor), { isPaired: true, random });
  });
  const isShown = comparisons.map((metrics) =>
    metrics.some(({ verdict }) => verdict !== "no-difference-shown"),
  );
  return isShown.filter(Boolean).length / isShown.length;
}

test.each([
  { runs: 4, noise: quiet },
  { runs: 10, noise: quiet },
  { runs: 4, noise: loaded },
  { runs: 10, noise: loaded },
])(
  "on a $noise.name machine $runs runs a side raise a false alarm in at most 5 % of comparisons",
  ({ runs, noise }) => {
    expect(shownShare(1, runs, noise)).toBeLessThanOrEqual(0.05);
  },
);

test.each([
  { percent: 60, runs: 4, noise: loaded, least: 0.99 },
  { percent: 10, runs: 10, noise: loaded, least: 0.75 },
  { percent: 10, runs: 4, noise: quiet, least: 0.95 },
  { percent: 3, runs: 10, noise: quiet, least: 0.95 },
])(
  "on a $noise.name machine $runs runs a side show $percent % in at least $least of comparisons",
  ({ percent, runs, noise, least }) => {
    expect(shownShare(1 + percent / 100, runs, noise)).toBeGreaterThanOrEqual(least);
  },
);

test("one percent needs a quiet machine and many runs, and is not claimed without", () => {
  expect(shownShare(1.01, 4, loaded)).toBeLessThan(0.1);
  expect(shownShare(1.01, 40, quiet, 50)).toBeGreaterThan(0.8);
});

test("what it says could be found is found four times of five", () => {
  const random = seededRandom(5);
  const side = (medianUs: number): SampleUnit[] =>
    Array.from({ length: 10 }, () => runOf(medianUs, 0, quiet, random));
  const detectable = Array.from({ length: 50 }, () => {
    const metrics = compareSamples(side(5000), side(5000), { isPaired: true, random });
    return metrics.find(({ metric }) => metric === "p1")?.detectable ?? Number.NaN;
  });
  const typical = detectable.toSorted((x, y) => x - y)[25] ?? Number.NaN;
  const found = Array.from({ length: 200 }, () => {
    const metrics = compareSamples(side(5000), side(5000 * (1 + typical)), {
      isPaired: true,
      random,
    });
    return metrics.find(({ metric }) => metric === "p1")?.verdict === "worse";
  });
  const share = found.filter(Boolean).length / found.length;
  expect(share).toBeGreaterThan(0.65);
  expect(share).toBeLessThan(0.98);
});

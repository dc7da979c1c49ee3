import { createHistogram } from "node:perf_hooks";
import { seededRandom } from "@evenkeel/oracles";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bootstrapInterval, quantile } from "./bootstrap.ts";
import { kneeOf } from "./knee.ts";
import { mannWhitney } from "./mann-whitney.ts";

// The expected numbers are those of scipy 1.17, `mannwhitneyu(a, b, method=...)`.
test("gives the exact probability of a small sample without ties", () => {
  const { u, p, superiority, isExact } = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
  expect({ u, isExact }).toEqual({ u: 17, isExact: true });
  expect(p).toBeCloseTo(0.1111111111111111, 12);
  expect(superiority).toBeCloseTo(0.15, 12);
});

test.each([
  [[1, 2, 3], [4, 5, 6], 0, 0.1],
  [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0, 0.007936507936507936],
  [[1.1, 2.2, 3.3, 9], [0.5, 2, 4, 5, 6, 7], 11, 0.9142857142857143],
])("exact: %j against %j", (a, b, u, p) => {
  expect(mannWhitney(a, b).u).toBe(u);
  expect(mannWhitney(a, b).p).toBeCloseTo(p, 12);
});

test("corrects for ties and continuity where values are the same", () => {
  const { u, p, isExact } = mannWhitney([1, 2, 2, 3, 5], [2, 4, 4, 5, 6, 7]);
  expect({ u, isExact }).toEqual({ u: 5.5, isExact: false });
  expect(p).toBeCloseTo(0.095_704_751_174_881_42, 9);
});

test("approximates large samples", () => {
  const a = Array.from({ length: 40 }, (_, index) => index * 1.5 + 0.25);
  const b = Array.from({ length: 30 }, (_, index) => index * 2 + 10);
  const { u, p, isExact } = mannWhitney(a, b);
  expect({ u, isExact }).toEqual({ u: 425, isExact: false });
  expect(p).toBeCloseTo(0.038_364_964_884_811_115, 9);
});

test("finds nothing between groups of one value, and is the same seen from the other side", () => {
  expect(mannWhitney([3, 3, 3], [3, 3])).toMatchObject({ p: 1, superiority: 0.5 });
  const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const there = mannWhitney(a, b);
      const back = mannWhitney(b, a);
      expect(there.p).toBeCloseTo(back.p, 9);
      expect(there.superiority + back.superiority).toBeCloseTo(1, 9);
      expect(there.p).toBeGreaterThan(0);
      expect(there.p).toBeLessThanOrEqual(1);
    }),
  );
});

test("calls a difference that is none about as often as its level says", () => {
  const random = seededRandom(7);
  const group = (): number[] => Array.from({ length: 6 }, random);
  const falseAlarms = Array.from({ length: 2000 }, () => mannWhitney(group(), group()).p < 0.05);
  const share = falseAlarms.filter(Boolean).length / falseAlarms.length;
  // The largest level below 5 % that six against six can have is 4.1 %; five standard deviations.
  expect(Math.abs(share - 0.0411)).toBeLessThan(0.0225);
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

test("an interval holds the true difference about as often as it promises", () => {
  const random = seededRandom(11);
  const units = (shift: number): number[] => Array.from({ length: 30 }, () => random() + shift);
  const hits = Array.from({ length: 300 }, () => {
    const statistic = (a: readonly number[], b: readonly number[]): number => mean(b) - mean(a);
    const interval = bootstrapInterval({
      a: units(0),
      b: units(0.5),
      statistic,
      random,
      resamples: 400,
    });
    return interval.low <= 0.5 && interval.high >= 0.5;
  });
  const share = hits.filter(Boolean).length / hits.length;
  // 95 % is promised; the percentile interval of 30 units keeps a little less. Five standard deviations.
  expect(share).toBeGreaterThan(0.86);
  expect(share).toBeLessThanOrEqual(1);
});

test("an interval of the mean is as wide as theory says", () => {
  const random = seededRandom(3);
  const a = Array.from({ length: 200 }, random);
  const b = Array.from({ length: 200 }, random);
  const statistic = (left: readonly number[], right: readonly number[]): number =>
    mean(right) - mean(left);
  const { estimate, low, high } = bootstrapInterval({ a, b, statistic, random });
  expect(estimate).toBeCloseTo(mean(b) - mean(a), 12);
  // Two means of 200 uniform numbers: standard error √(2/12/200), 1.96 of them to each side.
  const width = 2 * 1.96 * Math.sqrt(2 / 12 / 200);
  expect(Math.abs(high - low - width) / width).toBeLessThan(0.12);
  expect(low).toBeLessThan(estimate);
  expect(high).toBeGreaterThan(estimate);
});

test("units without spread have an interval without width, and no value gives none", () => {
  const statistic = (a: readonly number[], b: readonly number[]): number =>
    (b[0] ?? 0) / (a[0] ?? 0);
  const random = seededRandom(1);
  expect(bootstrapInterval({ a: [2, 2], b: [3, 3], statistic, random })).toEqual({
    estimate: 1.5,
    low: 1.5,
    high: 1.5,
  });
  const none = bootstrapInterval({ a: [0], b: [0], statistic, random });
  expect(none.low).toBeNaN();
});

test("a quantile lies between its neighbours in proportion", () => {
  expect([0, 0.25, 0.5, 1].map((share) => quantile([10, 20, 40], share))).toEqual([10, 15, 20, 40]);
});

test("the knee of 1/(1 − x) is where theory puts it", () => {
  // The line from 0 to 0.9 rises by 10 per 1, and so does the curve at 1 − 1/√10 = 0.684.
  const points = Array.from({ length: 19 }, (_, step) => ({
    x: step * 0.05,
    y: 1 / (1 - step * 0.05),
  }));
  expect(points[kneeOf(points) ?? 0]?.x).toBeCloseTo(0.7, 9);
});

test("the knee of a hockey stick is its corner", () => {
  const points = [1, 2, 3, 4, 5, 6, 7, 8].map((x) => ({ x, y: x <= 5 ? 10 : 10 + (x - 5) * 100 }));
  expect(points[kneeOf(points) ?? 0]?.x).toBe(5);
});

test.each([
  ["is flat", [10, 10, 10, 10]],
  ["rises evenly", [10, 20, 30, 40]],
  ["flattens out", [10, 90, 99, 100]],
  ["hardly rises", [10, 10, 10, 15]],
  ["has two points", [10, 100]],
])("a curve that %s has no knee", (_name, ys) => {
  expect(kneeOf(ys.map((y, x) => ({ x, y })))).toBeUndefined();
});

test("agrees with the test that Node has built in", () => {
  const [a, b] = [createHistogram(), createHistogram()];
  const left = [5, 9, 12, 15, 18, 21, 27, 33, 39, 45, 51, 57, 63, 69, 75, 81, 87, 93, 99, 105, 111];
  const right = left.map((value) => value + 20);
  for (const value of left) a.record(value);
  for (const value of right) b.record(value);
  // Newer than its types.
  const theirs = Reflect.get(a, "mannWhitneyTest") as (
    this: unknown,
    other: unknown,
  ) => {
    readonly pValue: number;
  };
  const { pValue } = theirs.call(a, b);
  // It makes no correction for continuity.
  expect(Math.abs(pValue - mannWhitney(left, right).p)).toBeLessThan(0.005);
});

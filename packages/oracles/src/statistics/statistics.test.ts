import { describe, expect, test } from "vitest";
import {
  chiSquareCritical,
  chiSquareSurvival,
  noncentralSurvival,
  normalCritical,
} from "./chi-square.ts";
import { gTest, powerOf, requestsForPower } from "./g-test.ts";
import { logGamma } from "./gamma.ts";

test("ln Γ is that of factorials and of one half", () => {
  expect(logGamma(1)).toBeCloseTo(0, 13);
  expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
});

describe("the chi-square distribution", () => {
  // NIST/SEMATECH e-Handbook, section 1.3.6.7.4: three decimals.
  test.each([
    [1, [3.841, 6.635, 10.828]],
    [2, [5.991, 9.21, 13.816]],
    [5, [11.07, 15.086, 20.515]],
    [10, [18.307, 23.209, 29.588]],
    [30, [43.773, 50.892, 59.703]],
    [100, [124.342, 135.807, 149.449]],
  ])("has the published critical values for %d degrees of freedom", (freedom, values) => {
    const rates = [0.05, 0.01, 0.001];
    expect(rates.map((rate) => chiSquareCritical(rate, freedom).toFixed(3))).toEqual(
      values.map((value) => value.toFixed(3)),
    );
  });

  test("has the published lower critical values", () => {
    expect(chiSquareCritical(0.95, 10)).toBeCloseTo(3.94, 3);
    expect(chiSquareCritical(0.99, 10)).toBeCloseTo(2.558, 3);
  });

  // SciPy 1.17.1, chi2.sf
  test.each([
    [3.841, 1, 0.050013683763956804],
    [0.5, 7, 0.9994464813904249],
    [1200, 1000, 1.2255942330622893e-5],
    [600, 300, 3.2908366136170686e-22],
    [200, 3, 4.218541107192018e-43],
  ])("exceeds %d with %d degrees of freedom as rarely as SciPy says", (x, freedom, chance) => {
    expect(chiSquareSurvival(x, freedom) / chance).toBeCloseTo(1, 9);
  });

  test("is certain to exceed nothing, and never exceeds infinity", () => {
    expect(chiSquareSurvival(0, 3)).toBe(1);
    expect(chiSquareSurvival(Infinity, 3)).toBe(0);
  });

  test("gives the usual standard deviations", () => {
    expect(normalCritical(0.05)).toBeCloseTo(1.959964, 6);
    expect(normalCritical(0.0027)).toBeCloseTo(2.999977, 6);
  });
});

// SciPy 1.17.1, ncx2.sf
test.each([
  [15.137, 1, 38.65, 0.9899982614510396],
  [5.991, 2, 9.635, 0.8000411640024442],
  [124.342, 100, 30, 0.6088322510645423],
  [18, 9, 500, 1],
  [5.991, 2, 0, 0.0500116],
])("a noncentral chi-square exceeds %d (%d, %d) as SciPy says", (x, freedom, shift, chance) => {
  expect(noncentralSurvival(x, freedom, shift)).toBeCloseTo(chance, 7);
});

describe("the G-test", () => {
  test("is the textbook sum, divided by Williams' correction", () => {
    // By hand: 63 and 27 where 67.5 and 22.5 are expected.
    const { statistic, freedom, pValue } = gTest([63, 27], [0.75, 0.25]);
    const sum = 2 * (63 * Math.log(63 / 67.5) + 27 * Math.log(27 / 22.5));
    const q = 1 + (1 / 0.75 + 1 / 0.25 - 1) / (6 * 90);
    expect(statistic).toBeCloseTo(sum / q, 10);
    expect(freedom).toBe(1);
    expect(pValue).toBeCloseTo(chiSquareSurvival(sum / q, 1), 12);
  });

  test("has nothing to object to exact shares, a single backend or no requests", () => {
    expect(gTest([750, 250], [0.75, 0.25])).toMatchObject({ statistic: 0, pValue: 1 });
    expect(gTest([10], [1]).pValue).toBe(1);
    expect(gTest([0, 0], [0.5, 0.5]).pValue).toBe(1);
  });

  test("counts a backend that never answered", () => {
    expect(gTest([100, 0], [0.5, 0.5]).pValue).toBeLessThan(1e-20);
  });
});

describe("the requests that a power needs", () => {
  // Noncentralities of Cohen's tables: 7.849, 9.635, 12.828 for 1, 2, 5 degrees of freedom at 5 % and 0.8.
  test.each([
    [2, 7.849],
    [3, 9.635],
    [6, 12.828],
  ])("follow from the published noncentrality for %d equal backends", (backends, published) => {
    const shares = Array.from({ length: backends }, () => 1 / backends);
    const needed = requestsForPower(0.8, shares, { skew: 0.01, falseAlarmRate: 0.05 });
    const perRequest = (0.01 ** 2 * (1 / backends)) / (1 - 1 / backends);
    expect(Math.abs(needed * perRequest - published)).toBeLessThan(0.001);
  });

  test("give that power back, and one request less does not", () => {
    const sensitivity = { skew: 0.1, falseAlarmRate: 1e-4 };
    const shares = [0.5, 0.3, 0.2];
    const needed = requestsForPower(0.99, shares, sensitivity);
    expect(powerOf(needed, shares, sensitivity)).toBeGreaterThanOrEqual(0.99);
    expect(powerOf(needed - 1, shares, sensitivity)).toBeLessThan(0.99);
  });

  test("grow as the skew shrinks, and no number shows a skew of nothing", () => {
    const needed = (skew: number): number =>
      requestsForPower(0.99, [0.5, 0.5], { skew, falseAlarmRate: 1e-4 });
    expect(needed(0.05)).toBe(15_461);
    expect(needed(0.1) / needed(0.05)).toBeCloseTo(0.25, 3);
    expect(needed(0)).toBe(Infinity);
  });
});

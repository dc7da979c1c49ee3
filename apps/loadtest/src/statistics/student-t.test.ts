import { seededRandom } from "@evenkeel/oracles";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { holm } from "./holm.ts";
import { detectableMean, meanOf, pOfMean, studentCritical, studentP } from "./student-t.ts";

// The expected numbers are those of scipy 1.17, `2 * t.sf(t, freedom)`.
test.each([
  [2.5, 1, 0.242_237_883_181_686_82],
  [2.5, 2, 0.129_611_720_221_510_82],
  [2.5, 3, 0.087_706_647_008_065_55],
  [-3.1, 9, 0.012_722_455_978_201_95],
  [1.2, 30, 0.239_530_350_889_662_37],
])("the chance of |t| ≥ |%d| with %i degrees of freedom", (t, freedom, p) => {
  expect(studentP(t, freedom)).toBeCloseTo(p, 12);
});

test("a chance goes to its t and back", () => {
  const chances = fc.double({ min: 1e-6, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(chances, fc.integer({ min: 1, max: 200 }), (chance, freedom) => {
      expect(studentP(studentCritical(chance, freedom), freedom)).toBeCloseTo(chance, 9);
    }),
  );
});

test("means of nothing but chance are called so about as often as the level says", () => {
  const random = seededRandom(3);
  const values = (): number[] => Array.from({ length: 4 }, () => random() - random());
  const alarms = Array.from({ length: 2000 }, () => pOfMean(meanOf(values())) < 0.05);
  const share = alarms.filter(Boolean).length / alarms.length;
  // 5 % is promised for normal numbers; five standard deviations.
  expect(Math.abs(share - 0.05)).toBeLessThan(0.025);
});

test("no difference at all is certain to be none, and one without spread to be one", () => {
  expect(pOfMean(meanOf([0, 0, 0, 0]))).toBe(1);
  expect(pOfMean(meanOf([2, 2, 2, 2]))).toBe(0);
});

test("more values can show less", () => {
  const few = detectableMean({ standardError: 1 / Math.sqrt(4), freedom: 3 }, 0.05);
  const many = detectableMean({ standardError: 1 / Math.sqrt(16), freedom: 15 }, 0.05);
  expect(many).toBeLessThan(few / 2);
});

// As R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
test("adjusts for questions asked at once", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(9)))).toEqual([
    0.03, 0.06, 0.06, 0.02,
  ]);
  expect(holm([])).toEqual([]);
});

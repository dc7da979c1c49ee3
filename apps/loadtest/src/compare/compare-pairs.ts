/*
 * Measurements in pairs: whatever drifts from pair to pair meets both of a pair alike, and falls out of
 * their difference. Without a difference A and B of a pair could change places, so what is left is
 * symmetric around none, for which Student's t holds its promise with few pairs and wild outliers alike. A
 * test of ranks, with four pairs, could never be sure: in one of eight all point the same way. Pure.
 */
import type { Interval } from "../statistics/bootstrap.ts";
import {
  detectableMean,
  meanOf,
  type MeanEstimate,
  pOfMean,
  studentCritical,
} from "../statistics/student-t.ts";

/** What pairs say. */
export interface PairedFinding {
  /** Typical values: geometric means, or where some value is not above 0 the usual ones. */
  readonly a: number;
  readonly b: number;
  /** Of B against A, relative or not, with its 95 % interval. */
  readonly difference: Interval;
  /** Two-sided. */
  readonly p: number;
  /** The smallest difference that is found in 80 % of such comparisons. */
  readonly detectable: number;
  /** Pairs in which both sides have a value. */
  readonly least: number;
}

/** How pairs are compared. */
export interface ComparePairsOptions {
  /** As a share of A, and not as a difference. */
  readonly isRelative: boolean;
  /** A p below this counts, for `detectable`. */
  readonly level: number;
}

/** Undefined for fewer than two pairs with a value (not NaN) on both sides, and relative to nothing at all. */
export function comparePairs(
  a: readonly number[],
  b: readonly number[],
  { isRelative, level }: ComparePairsOptions,
): PairedFinding | undefined {
  const pairs = a
    .map((value, index) => [value, b[index] ?? Number.NaN] as const)
    .filter(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y));
  if (pairs.length < 2) return undefined;
  const isLogarithmic = isRelative && pairs.every(([x, y]) => x > 0 && y > 0);
  const typical = (side: 0 | 1): number =>
    typicalOf(
      pairs.map((pair) => pair[side]),
      isLogarithmic,
    );
  const sides = { a: typical(0), b: typical(1) };
  const scale = isRelative && !isLogarithmic ? sides.a : 1;
  if (scale === 0) return undefined;
  const estimate = meanOf(
    pairs.map(([x, y]) => (isLogarithmic ? Math.log(y / x) : (y - x) / scale)),
  );
  const shown = (value: number): number => (isLogarithmic ? Math.expm1(value) : value);
  return {
    ...sides,
    difference: intervalOf(estimate, shown),
    p: pOfMean(estimate),
    detectable: shown(detectableMean(estimate, level)),
    least: pairs.length,
  };
}

function typicalOf(values: readonly number[], isLogarithmic: boolean): number {
  return isLogarithmic
    ? Math.exp(meanOf(values.map((value) => Math.log(value))).mean)
    : meanOf(values).mean;
}

function intervalOf(
  { mean, standardError, freedom }: MeanEstimate,
  shown: (value: number) => number,
): Interval {
  const reach = studentCritical(0.05, freedom) * standardError;
  return { estimate: shown(mean), low: shown(mean - reach), high: shown(mean + reach) };
}

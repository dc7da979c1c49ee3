/*
 * The Mann–Whitney U test: whether values of one group tend to be larger than those of another, whatever
 * their distribution (Mann and Whitney 1947). Exact where both groups are small and no two values are the
 * same; otherwise the normal approximation with the corrections for ties and for continuity. Pure.
 */
import { chiSquareSurvival } from "@evenkeel/oracles";

/** What the test says. */
export interface MannWhitney {
  /** Pairs in which the value of `a` is the larger one; equal ones count half. */
  readonly u: number;
  /** Two-sided: how likely so uneven a split is, if there is no difference. */
  readonly p: number;
  /** Chance that a value of `b` is larger than one of `a`, equal ones half: 0.5 where neither is. */
  readonly superiority: number;
  readonly isExact: boolean;
}

/** Beyond that the normal approximation is as good, and exact counting slow. */
const mostPairsForExact = 400;

/** Compares two groups, neither of which is empty. */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  const pairs = a.length * b.length;
  const u = pairsWon(a, b);
  const ties = tieSizes([...a, ...b]);
  const isExact = ties.length === 0 && pairs <= mostPairsForExact;
  const p = isExact ? exactP(u, a.length, b.length) : normalP(u, a.length, b.length, ties);
  return { u, p, superiority: pairs === 0 ? 0.5 : 1 - u / pairs, isExact };
}

function pairsWon(a: readonly number[], b: readonly number[]): number {
  let won = 0;
  for (const left of a) {
    for (const right of b) won += left > right ? 1 : left === right ? 0.5 : 0;
  }
  return won;
}

/** How many values share each value that occurs more than once. */
function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1);
}

/** Share of all orders of the values with a U at least as far from the middle. */
function exactP(u: number, n: number, m: number): number {
  const orders = ordersByU(n, m);
  const total = orders.reduce((sum, count) => sum + count, 0);
  const smaller = Math.min(u, n * m - u);
  const tail = orders.slice(0, smaller + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * tail) / total);
}

/**
 * For every U the number of orders of `n` and `m` values that have it: the coefficients of the Gaussian
 * binomial, built by multiplying and dividing polynomials of the form `1 − q^k`.
 */
function ordersByU(n: number, m: number): number[] {
  let counts: number[] = Array.from({ length: n * m + 1 }, (_, u) => (u === 0 ? 1 : 0));
  for (let k = 1; k <= n; k++) {
    const up = m + k;
    counts = counts.map((count, u) => count - (counts[u - up] ?? 0));
    for (let u = k; u < counts.length; u++) counts[u] = (counts[u] ?? 0) + (counts[u - k] ?? 0);
  }
  return counts;
}

function normalP(u: number, n: number, m: number, ties: readonly number[]): number {
  const all = n + m;
  const tied = ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const variance = ((n * m) / 12) * (all + 1 - tied / (all * (all - 1)));
  if (!(variance > 0)) return 1;
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  // The square of a normal number is chi-square with one degree of freedom.
  return distance === 0 ? 1 : chiSquareSurvival(distance ** 2 / variance, 1);
}

/*
 * Smooth weighted round robin as nginx writes it (commit 52327e062, 2012), one pick after the other, and
 * the bounds that follow. Written apart from packages/core on purpose.
 */

/**
 * Most steps times backends that a period is walked through. Beyond it the bounds are the proven
 * loose ones.
 */
const mostSteps = 1_000_000;

/** Weights as the smallest whole numbers with the same ratios; `undefined` when there are none up to 1e6. */
export function wholeWeights(weights: readonly number[]): readonly number[] | undefined {
  for (let scale = 1; scale <= 1_000_000; scale *= 10) {
    const scaled = weights.map((weight) => Math.round(weight * scale));
    const isExact = scaled.every(
      (whole, i) => whole > 0 && Math.abs(whole / scale / at(weights, i) - 1) <= 1e-12,
    );
    if (!isExact) continue;
    const divisor = scaled.reduce(greatestCommonDivisor, 0);
    return scaled.map((whole) => whole / divisor);
  }
  return undefined;
}

/** The first `count` picks, as indexes. Before each every backend gains its weight, the richest pays all. */
export function smoothWeightedPicks(weights: readonly number[], count: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credits = weights.map(() => 0);
  return Array.from({ length: count }, () => {
    let best = 0;
    for (let i = 0; i < weights.length; i++) {
      credits[i] = at(credits, i) + at(weights, i);
      if (at(credits, i) > at(credits, best)) best = i;
    }
    credits[best] = at(credits, best) - total;
    return best;
  });
}

/** How far a count may be from its expectation, in requests. */
export interface Allowance {
  readonly below: number;
  readonly above: number;
}

/**
 * For each backend, the farthest that any window of `requests` consecutive picks is from
 * `requests × share`, wherever it starts. Zero for whole periods.
 */
export function windowAllowances(weights: readonly number[], requests: number): Allowance[] {
  const walk = walkOf(weights);
  if (walk === undefined) return weights.map(() => looseAllowance(weights.length));
  const length = requests % walk.period;
  return walk.debts.map((debt) => {
    const drifts = debt.map((start, i) => start - at(debt, (i + length) % walk.period));
    return {
      below: Math.max(0, -least(drifts)),
      above: Math.max(0, -least(drifts.map((x) => -x))),
    };
  });
}

/** For each backend, the farthest that a window of any length is from its expectation. */
export function widestAllowances(weights: readonly number[]): Allowance[] {
  const walk = walkOf(weights);
  if (walk === undefined) return weights.map(() => looseAllowance(weights.length));
  return walk.debts.map((debt) => {
    const swing = -least(debt.map((x) => -x)) - least(debt);
    return { below: swing, above: swing };
  });
}

/**
 * Always true: before each pick the credits add up to the total weight W, so the richest has at least
 * W / N and ends above -W; after it they add up to 0, so nobody has N - 1 times W. One pick costs W.
 */
function looseAllowance(backends: number): Allowance {
  return { below: backends, above: backends };
}

interface Walk {
  readonly period: number;
  /** Per backend and position, `expected - picked` in requests. */
  readonly debts: readonly number[][];
}

function walkOf(weights: readonly number[]): Walk | undefined {
  const whole = wholeWeights(weights);
  if (whole === undefined) return undefined;
  const period = whole.reduce((sum, weight) => sum + weight, 0);
  if (period * whole.length > mostSteps) return undefined;
  const picks = smoothWeightedPicks(whole, period);
  const debts = whole.map((weight, backend) => {
    let picked = 0;
    return picks.map((pick, position) => {
      const debt = (weight * position) / period - picked;
      if (pick === backend) picked++;
      return debt;
    });
  });
  return { period, debts };
}

/** Math.min with spread arguments fails on long arrays. */
function least(numbers: readonly number[]): number {
  let smallest = Infinity;
  for (const number of numbers) if (number < smallest) smallest = number;
  return smallest;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] as number;
}

/*
 * Student's t distribution for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4), and what
 * it says of a handful of differences. Pure.
 */

/** Two-sided: the chance that |t| is at least so large. `freedom` is a whole number, 1 or more. */
export function studentP(t: number, freedom: number): number {
  const angle = Math.atan2(Math.abs(t), Math.sqrt(freedom));
  const isOdd = freedom % 2 === 1;
  const square = Math.cos(angle) ** 2;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= (square * (k - 1)) / k;
    sum += term;
  }
  const series = Math.sin(angle) * sum;
  return Math.max(0, 1 - (isOdd ? (2 / Math.PI) * (angle + series) : series));
}

/** The t that |t| reaches with this chance: `studentP(t, freedom) = chance`, 0 < chance < 1. */
export function studentCritical(chance: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (studentP(high, freedom) > chance) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (studentP(middle, freedom) > chance) low = middle;
    else high = middle;
  }
  return high;
}

/** What values say about the mean of what they were drawn from. */
export interface MeanEstimate {
  readonly mean: number;
  readonly standardError: number;
  readonly freedom: number;
}

/** Of two values or more. */
export function meanOf(values: readonly number[]): MeanEstimate {
  const freedom = values.length - 1;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  return { mean, standardError: Math.sqrt(variance / values.length), freedom };
}

/** Two-sided: how likely a mean so far from none is, where there is none. */
export function pOfMean({ mean, standardError, freedom }: MeanEstimate): number {
  return mean === 0 ? 1 : studentP(mean / standardError, freedom);
}

/**
 * The mean that would be found in 80 % of the attempts where differences below `significance` (two-sided)
 * are called so.
 */
export function detectableMean(
  { standardError, freedom }: Pick<MeanEstimate, "standardError" | "freedom">,
  significance: number,
): number {
  const power = 0.8;
  const reach = studentCritical(significance, freedom) + studentCritical(2 * (1 - power), freedom);
  return reach * standardError;
}

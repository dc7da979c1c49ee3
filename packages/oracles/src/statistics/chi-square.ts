import { logGamma, upperGamma } from "./gamma.ts";
import { rootOf } from "./root.ts";

/** The chance that a chi-square variable with `freedom` degrees of freedom exceeds `x`. */
export function chiSquareSurvival(x: number, freedom: number): number {
  return upperGamma(freedom / 2, x / 2);
}

/** The `x` that is exceeded with this chance: `chiSquareSurvival(x, freedom) = chance`, 0 < chance < 1. */
export function chiSquareCritical(chance: number, freedom: number): number {
  return rootOf((x) => chance - chiSquareSurvival(x, freedom), freedom);
}

/** How many standard deviations a normal variable exceeds, either way, with this chance. */
export function normalCritical(chance: number): number {
  return Math.sqrt(chiSquareCritical(chance, 1));
}

/** Beyond this many standard deviations a tail is below 1e-30 and not worth summing. */
const farSigmas = 12;

/**
 * The chance that a noncentral chi-square variable exceeds `x`: central ones with more degrees of
 * freedom, mixed by a Poisson distribution of mean `noncentrality / 2`.
 */
export function noncentralSurvival(x: number, freedom: number, noncentrality: number): number {
  const sigma = Math.sqrt(2 * (freedom + 2 * noncentrality));
  if (freedom + noncentrality - x > farSigmas * sigma) return 1;
  const mean = noncentrality / 2;
  const reach = farSigmas * Math.sqrt(mean) + 20;
  let sum = 0;
  for (let j = Math.max(0, Math.floor(mean - reach)); j <= mean + reach; j++) {
    sum += poisson(j, mean) * chiSquareSurvival(x, freedom + 2 * j);
  }
  return Math.min(1, sum);
}

function poisson(count: number, mean: number): number {
  if (mean === 0) return count === 0 ? 1 : 0;
  return Math.exp(count * Math.log(mean) - mean - logGamma(count + 1));
}

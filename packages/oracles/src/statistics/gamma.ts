/*
 * The regularised incomplete gamma function, by its power series below the mean and by Legendre's
 * continued fraction above it (Press et al., Numerical Recipes, 3rd ed., section 6.2), so that small
 * tails are computed as themselves and not as 1 minus something near 1.
 */

/** Lanczos' coefficients for g = 7 and nine terms (P. Godfrey's): about 15 digits. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;
const g = 7;

const precision = 1e-15;
/** Both expansions need about `sqrt(a)` terms near their seam at x = a + 1. */
const mostTerms = 1_000_000;
/** Stands in for a zero denominator (modified Lentz). */
const tiny = 1e-300;

/** ln Γ(x) for x ≥ 0.5. */
export function logGamma(x: number): number {
  let sum: number = lanczos[0];
  for (let i = 1; i < lanczos.length; i++) sum += (lanczos[i] as number) / (x - 1 + i);
  const t = x - 1 + g + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Q(a, x) = Γ(a, x) / Γ(a): the upper tail, 0 to 1. `a` ≥ 0.5, `x` ≥ 0. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}

/** x^a e^-x / Γ(a), which both expansions multiply. */
function front(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < mostTerms && term > sum * precision; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * front(a, x);
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let product = d;
  for (let n = 1; n < mostTerms; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / awayFromZero(numerator * d + b);
    c = awayFromZero(b + numerator / c);
    product *= d * c;
    if (Math.abs(d * c - 1) < precision) break;
  }
  return product * front(a, x);
}

function awayFromZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

import { chiSquareCritical, chiSquareSurvival, noncentralSurvival } from "./chi-square.ts";
import { rootOf } from "./root.ts";

/** The likelihood-ratio test of counts against shares. */
export interface GTest {
  /** Williams-corrected; chi-square distributed when the shares are true. */
  readonly statistic: number;
  readonly freedom: number;
  /** The chance of a deviation at least as large when the shares are true. */
  readonly pValue: number;
}

/**
 * G = 2 Σ O ln(O/E), divided by Williams' q (Sokal & Rohlf, Biometry, section 17.2). G and not Pearson's
 * sum of squares, because that one's far tail is several times too heavy when a backend expects few
 * requests: with E = 5, 14 requests have X² above 15.1 and a true chance of 7e-4 instead of 1e-4.
 *
 * `shares` are positive and add up to 1; `counts` are as many.
 */
export function gTest(counts: readonly number[], shares: readonly number[]): GTest {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const freedom = shares.length - 1;
  if (freedom === 0 || total === 0) return { statistic: 0, freedom, pValue: 1 };
  const sum = counts.reduce(
    (sum, count, i) => sum + (count === 0 ? 0 : count * Math.log(count / (total * at(shares, i)))),
    0,
  );
  const statistic = Math.max(0, (2 * sum) / williams(total, shares));
  return { statistic, freedom, pValue: chiSquareSurvival(statistic, freedom) };
}

/** Brings the mean of G back to its degrees of freedom when counts are small. */
function williams(total: number, shares: readonly number[]): number {
  const inverse = shares.reduce((sum, share) => sum + 1 / share, 0);
  return 1 + (inverse - 1) / (6 * total * (shares.length - 1));
}

/** What a test is asked to see: one backend that gets `skew` more or less than its share. */
export interface Sensitivity {
  /** Relative to the backend's share: 0.05 is 5 % more or less. The others share the difference. */
  readonly skew: number;
  /** The chance of an alarm when nothing is wrong. */
  readonly falseAlarmRate: number;
}

/**
 * The squared effect per request: `share` moved by `skew`, the others in proportion, gives
 * Σ (p' - p)²/p = skew² share / (1 - share). The smallest share is the hardest to see.
 */
function effectOf(skew: number, shares: readonly number[]): number {
  const smallest = Math.min(...shares);
  return (skew ** 2 * smallest) / (1 - smallest);
}

/** The chance that the test sees that skew in `requests` requests. */
export function powerOf(
  requests: number,
  shares: readonly number[],
  { skew, falseAlarmRate }: Sensitivity,
): number {
  const freedom = shares.length - 1;
  if (freedom === 0) return 1;
  const critical = chiSquareCritical(falseAlarmRate, freedom);
  return noncentralSurvival(critical, freedom, requests * effectOf(skew, shares));
}

/** The fewest requests that see the skew with chance `power`; Infinity when there is no skew to see. */
export function requestsForPower(
  power: number,
  shares: readonly number[],
  { skew, falseAlarmRate }: Sensitivity,
): number {
  const freedom = shares.length - 1;
  if (freedom === 0) return 1;
  if (skew === 0) return Infinity;
  const critical = chiSquareCritical(falseAlarmRate, freedom);
  const noncentrality = rootOf(
    (lambda) => noncentralSurvival(critical, freedom, lambda) - power,
    critical,
  );
  return Math.ceil(noncentrality / effectOf(skew, shares));
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] as number;
}

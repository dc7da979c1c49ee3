import type { Finding, Promised } from "../promise.ts";
import {
  type Allowance,
  wholeWeights,
  widestAllowances,
  windowAllowances,
} from "../reference/smooth-weighted.ts";
import { amount } from "../wording.ts";
import { requestsBeyond } from "./round-robin.ts";

/** Sums of fractions must not push a count on the boundary out. */
const roundingSlack = 1e-6;

/**
 * Smooth weighted round robin gives each backend its weight in every period, and a part of a period is
 * off by what the picks of that length can be off anywhere in the sequence. Positions that are not
 * shared split the requests in an unknown way: each may be off by the widest part.
 */
export function judgeWeightedRoundRobin(promised: Promised): Finding {
  const { weights, shares, total, workers, lost } = promised;
  const widest = widestAllowances(weights);
  const allowances = workers === 1 && lost === 0 ? windowAllowances(weights, total) : widest;
  const factor = workers === 1 && lost === 0 ? 1 : workers;
  return {
    promise: `smooth weighted round robin over ${amount(workers, "position")}: ${periodText(weights)}`,
    ranges: allowances.map(({ below, above }, i) => {
      const expected = total * (shares[i] ?? 0);
      return {
        least: Math.max(0, Math.ceil(expected - factor * below - lost - roundingSlack)),
        most: Math.floor(expected + factor * above + lost + roundingSlack),
      };
    }),
    breaches: undefined,
    requestsNeeded: needed(promised, allowances, factor),
  };
}

function needed(promised: Promised, allowances: readonly Allowance[], factor: number): number {
  const { shares, tolerance, lost } = promised;
  const slacks = allowances.map(
    ({ below, above }, i) => (factor * Math.max(below, above) + lost) / (shares[i] ?? 1),
  );
  return requestsBeyond(Math.max(...slacks), tolerance);
}

function periodText(weights: readonly number[]): string {
  const whole = wholeWeights(weights);
  if (whole === undefined) return "each within its share, to a few requests";
  const period = whole.reduce((sum, weight) => sum + weight, 0);
  return `exactly ${whole.join(", ")} of every ${amount(period, "request")}`;
}

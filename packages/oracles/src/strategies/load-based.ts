import { fillShares, type ShareRange } from "../reference/connection-fills.ts";
import { pairShares } from "../reference/pair-shares.ts";
import type { Finding, Promised, Range } from "../promise.ts";
import { normalCritical } from "../statistics/chi-square.ts";
import { amount, percent } from "../wording.ts";

/**
 * How much wider than independent draws the counts of a load-based strategy may scatter, as a factor on
 * the variance. With many requests in flight the next one goes where one ended, so counts scatter as
 * completions do: with exponential service times like draws, with lognormal(σ = 1) ones e - 1 = 1.72 times
 * as wide (the squared coefficient of variation, renewal theory).
 */
const dispersion = 2;

/** A backend that gets less than this part of its share is starved. */
const starvation = 0.1;

/** Least connections by full scan. */
export function judgeLeastConnections(promised: Promised): Finding {
  const shares = fillShares(promised.weights, promised.connections);
  return judgeShares(promised, shares, "least connections among equally fast backends");
}

/** The less loaded of two that are drawn. */
export function judgePowerOfTwo(promised: Promised): Finding {
  const shares = pairShares(promised.weights, promised.connections);
  return judgeShares(promised, shares, "the better of two among equally fast backends");
}

/**
 * Strategies that follow latencies promise no shares: small differences of speed are there to be used. They
 * promise that nobody starves, and the ones that compare two drawn backends that nobody gets more than 2/N.
 */
export function judgeLatencyAware(promised: Promised, drawsTwo: boolean): Finding {
  const { shares } = promised;
  const most = drawsTwo ? Math.min(1, 2 / shares.length) : 1;
  const ranges = shares.map((share) => ({ least: share * starvation, most }));
  const cap = drawsTwo ? ` and nobody more than ${percent(most)}` : "";
  const text = `nobody gets less than a tenth of its share${cap}`;
  const finding = judgeShares({ ...promised, tolerance: 0 }, ranges, text);
  const smallest = Math.min(...shares);
  // As many as leave a starved backend's noise clear of its bound.
  return { ...finding, requestsNeeded: Math.ceil(noiseOf(promised) ** 2 / smallest / starvation) };
}

function judgeShares(promised: Promised, shares: readonly ShareRange[], what: string): Finding {
  const { total, tolerance, falseAlarmRate, connections } = promised;
  const ranges = shares.map((share) => rangeOf(share, promised));
  const smallest = Math.min(...promised.shares);
  const needed = (noiseOf(promised) ** 2 * (1 - smallest)) / smallest / tolerance ** 2;
  const between = shares.map(({ least, most }) => shareText(least, most)).join(", ");
  return {
    promise:
      `${what}, up to ${connections} in flight: ${between}, give or take ${percent(tolerance)} and the noise ` +
      `of ${amount(total, "draw")}, one false alarm in ${Math.round(1 / falseAlarmRate)} runs`,
    ranges,
    breaches: undefined,
    requestsNeeded: shares.length === 1 ? 1 : Math.ceil(needed),
  };
}

function rangeOf({ least, most }: ShareRange, promised: Promised): Range {
  const { total, tolerance } = promised;
  const low = Math.max(0, least * (1 - tolerance));
  const high = Math.min(1, most * (1 + tolerance));
  const noise = (share: number): number =>
    noiseOf(promised) * Math.sqrt(total * share * (1 - share));
  return {
    least: Math.max(0, Math.floor(total * low - noise(low))),
    most: Math.min(total, Math.ceil(total * high + noise(high))),
  };
}

/** Standard deviations of independent draws, so that all backends together keep the rate of false alarms. */
function noiseOf({ falseAlarmRate, names }: Promised): number {
  return normalCritical(falseAlarmRate / names.length) * Math.sqrt(dispersion);
}

function shareText(least: number, most: number): string {
  return most - least < 1e-9 ? percent(least) : `${percent(least)} to ${percent(most)}`;
}

import type { Finding, Promised } from "../promise.ts";
import { normalCritical } from "../statistics/chi-square.ts";
import { gTest, powerOf, requestsForPower } from "../statistics/g-test.ts";
import { amount, chance, percent } from "../wording.ts";

/** The chi-square approximation is taken for good from this many expected requests per backend. */
const fewestExpected = 5;

/** Independent draws in proportion to the weights: a G-test, and the requests that its power needs. */
export function judgeChance(promised: Promised): Finding {
  const { shares, counts, total, tolerance, falseAlarmRate, power } = promised;
  const { statistic, freedom, pValue } = gTest(counts, shares);
  const sensitivity = { skew: tolerance, falseAlarmRate };
  const forApproximation = Math.ceil(fewestExpected / Math.min(...shares));
  const isLargeEnough = total >= forApproximation;
  const isBreached = isLargeEnough && pValue < falseAlarmRate;
  return {
    promise: `independent draws by weight: a G-test, one false alarm in ${Math.round(1 / falseAlarmRate)} runs`,
    ranges: shares.map((share) => plausible(total, share, promised)),
    breaches: isBreached ? [breach(statistic, freedom, pValue, promised)] : [],
    requestsNeeded: Math.max(forApproximation, requestsForPower(power, shares, sensitivity)),
    ...(isLargeEnough ? { pValue } : {}),
    achievedPower: isLargeEnough ? powerOf(total, shares, sensitivity) : 0,
  };
}

/** For the reader only, who wants to know whose count is odd; the test over all decides. */
function plausible(
  total: number,
  share: number,
  { falseAlarmRate }: Promised,
): Finding["ranges"][0] {
  const reach = normalCritical(falseAlarmRate) * Math.sqrt(total * share * (1 - share));
  return {
    least: Math.max(0, Math.floor(total * share - reach)),
    most: Math.ceil(total * share + reach),
  };
}

function breach(statistic: number, freedom: number, pValue: number, promised: Promised): string {
  const { names, counts, shares, total } = promised;
  const scores = counts.map((count, i) => {
    const share = shares[i] ?? 0;
    return Math.abs(count - total * share) / Math.sqrt(total * share * (1 - share));
  });
  const worst = scores.indexOf(Math.max(...scores));
  const share = shares[worst] ?? 0;
  return (
    `chance does not explain these shares: p = ${chance(pValue)} ` +
    `(G = ${statistic.toFixed(1)}, ${amount(freedom, "degree")} of freedom); farthest off is ` +
    `${names[worst]} with ${percent((counts[worst] ?? 0) / total)} where ${percent(share)} is due`
  );
}

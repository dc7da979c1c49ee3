/* Remarks beside the verdict: what the numbers can and cannot say. They never change it. */
import type { DistributionExpectation, DistributionVerdict } from "./check-distribution.ts";

/** Strategies that draw each backend by chance, so that counts scatter around the expected share. */
const randomStrategies: ReadonlySet<string> = new Set([
  "random",
  "weighted-random",
  "power-of-two",
]);

/** Strategies that promise exact counts. */
const exactStrategies: ReadonlySet<string> = new Set(["round-robin", "weighted-round-robin"]);

/** Chance stays within this many standard deviations 997 times in 1,000. */
const sigmas = 3;

/** The remarks for a run, one sentence or two each. `strategy` is the balancer's, as far as known. */
export function distributionNotes(
  verdict: DistributionVerdict,
  expectation: DistributionExpectation,
  strategy: string | undefined,
): string[] {
  return [
    ...membershipNotes(verdict, expectation),
    ...granularityNotes(verdict, expectation),
    ...(strategy !== undefined && exactStrategies.has(strategy)
      ? exactnessNotes(verdict, strategy)
      : []),
    ...(strategy !== undefined && randomStrategies.has(strategy)
      ? chanceNotes(verdict, expectation, strategy)
      : []),
  ];
}

function membershipNotes(
  verdict: DistributionVerdict,
  { weights, expectBackends }: DistributionExpectation,
): string[] {
  const seen = verdict.backends.length;
  if (weights !== undefined || expectBackends !== undefined || seen === 0) return [];
  const who = seen === 1 ? "only 1 backend answered and is" : `${seen} backends answered and are`;
  return [`${who} taken for all there is; --expect-backends makes a missing one a failure`];
}

/** With few requests no whole number may lie inside the tolerance: then nobody could pass. */
function granularityNotes(
  { backends, attributed }: DistributionVerdict,
  { tolerance }: DistributionExpectation,
): string[] {
  const impossible = backends.find(({ expectedShare }) => {
    const target = expectedShare * attributed;
    const slack = tolerance * target + 1e-9 * attributed;
    return target > 0 && Math.floor(target + slack) < Math.ceil(target - slack);
  });
  if (impossible === undefined) return [];
  const target = round(impossible.expectedShare * attributed, 2);
  return [
    `too few requests to pass: ${impossible.name} should get ${target} of ${attributed}, and no whole number is within the tolerance`,
  ];
}

function exactnessNotes(
  { backends, attributed, spread }: DistributionVerdict,
  strategy: string,
): string[] {
  if (attributed === 0) return [];
  const isExact = backends.every(
    ({ requests, expectedShare }) => Math.abs(requests - expectedShare * attributed) < 1,
  );
  const targets = new Set(
    backends.map(({ expectedShare }) => exactCount(expectedShare * attributed)),
  );
  const each = targets.size === 1 ? `${[...targets][0]} each` : [...targets].join(", ");
  const seen = isExact ? "it is" : `it is not, max−min is ${spread.difference}`;
  return [`exact ${strategy} would be ${each} of ${attributed}: ${seen}`];
}

function exactCount(target: number): string {
  const rounded = Math.round(target);
  if (Math.abs(target - rounded) < 1e-6) return String(rounded);
  return `${Math.floor(target)} or ${Math.ceil(target)}`;
}

function chanceNotes(
  { backends, attributed }: DistributionVerdict,
  { tolerance }: DistributionExpectation,
  strategy: string,
): string[] {
  const shares = backends.map(({ expectedShare }) => expectedShare).filter((share) => share > 0);
  const smallest = Math.min(...shares);
  if (attributed === 0 || shares.length === 0 || smallest >= 1) return [];
  const sigma = Math.sqrt((1 - smallest) / (smallest * attributed));
  if (sigmas * sigma <= tolerance) return [];
  const needed = Math.ceil(((sigmas / tolerance) ** 2 * (1 - smallest)) / smallest);
  const advice = Number.isFinite(needed) ? `; about ${needed} requests could` : "";
  return [
    `${strategy} picks by chance: with ${attributed} requests independent draws move a share of ${round(smallest * 100, 1)} % by ±${round(sigmas * sigma * 100, 1)} % (3σ), so this run cannot judge ±${round(tolerance * 100, 3)} %${advice}`,
  ];
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

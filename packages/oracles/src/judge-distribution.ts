import type {
  DistributionFacts,
  Finding,
  JudgedStrategy,
  Oracle,
  Promised,
  Range,
} from "./promise.ts";
import { judgeChance } from "./strategies/chance.ts";
import {
  judgeLatencyAware,
  judgeLeastConnections,
  judgePowerOfTwo,
} from "./strategies/load-based.ts";
import { judgeRoundRobin } from "./strategies/round-robin.ts";
import { judgeFirst, judgeOneKey } from "./strategies/single-backend.ts";
import { judgeWeightedRoundRobin } from "./strategies/weighted-round-robin.ts";
import { amount, percent } from "./wording.ts";

/** A wrong alarm in 10,000 runs: ten times rarer than what is asked of the test suite. */
const defaultFalseAlarmRate = 1e-4;
const defaultPower = 0.99;

interface Judge {
  readonly oracle: Oracle;
  readonly usesWeights: boolean;
}

const judges: Readonly<Record<JudgedStrategy, Judge>> = {
  "round-robin": { oracle: judgeRoundRobin, usesWeights: false },
  "weighted-round-robin": { oracle: judgeWeightedRoundRobin, usesWeights: true },
  random: { oracle: judgeChance, usesWeights: false },
  "weighted-random": { oracle: judgeChance, usesWeights: true },
  "least-connections": { oracle: judgeLeastConnections, usesWeights: true },
  "power-of-two": { oracle: judgePowerOfTwo, usesWeights: true },
  "least-response-time": { oracle: (facts) => judgeLatencyAware(facts, false), usesWeights: true },
  "peak-ewma": { oracle: (facts) => judgeLatencyAware(facts, true), usesWeights: true },
  prequal: { oracle: (facts) => judgeLatencyAware(facts, false), usesWeights: true },
  "ip-hash": { oracle: judgeOneKey, usesWeights: true },
  "consistent-hash": { oracle: judgeOneKey, usesWeights: true },
  maglev: { oracle: judgeOneKey, usesWeights: true },
  rendezvous: { oracle: judgeOneKey, usesWeights: true },
  first: { oracle: judgeFirst, usesWeights: false },
};

/** `too-few-requests`: nothing is wrong, and the run is too short for that to mean anything. */
export type Verdict = "pass" | "fail" | "too-few-requests";

export interface JudgedBackend {
  readonly name: string;
  readonly count: number;
  /** By weight alone, in requests: what a load-based strategy promises is its range. */
  readonly expected: number;
  /** The fewest and most requests that keep the promise. */
  readonly least: number;
  readonly most: number;
  /** Relative to `expected`; `undefined` where nothing is expected. */
  readonly deviation: number | undefined;
  readonly isWithin: boolean;
}

export interface DistributionJudgement {
  readonly verdict: Verdict;
  /** What the strategy promises, with the numbers of this run. */
  readonly promise: string;
  /** The backends of `weights` in their order, then those that should not have answered. */
  readonly backends: readonly JudgedBackend[];
  /** Why it is not a pass, one sentence each. */
  readonly reasons: readonly string[];
  /** The fewest requests that show a skew of `tolerance`; Infinity when no number does. */
  readonly requestsNeeded: number;
  /** Where the promise is a matter of chance and there were requests enough to tell. */
  readonly pValue: number | undefined;
  /** The chance that this run shows a skew of `tolerance`. */
  readonly power: number | undefined;
}

/** Whether a weight other than 1 means anything to the strategy. */
export function usesWeights(strategy: JudgedStrategy): boolean {
  return judges[strategy].usesWeights;
}

/**
 * Holds the counts of a run against what the strategy promises while the same backends are ready and no
 * request is tried twice.
 *
 * @throws RangeError when the facts cannot be: no weight above 0, more answers than requests, weights for
 * a strategy that ignores them.
 */
export function judgeDistribution(facts: DistributionFacts): DistributionJudgement {
  check(facts);
  const promised = promisedOf(facts);
  const finding = judges[facts.strategy].oracle(promised);
  const kept = promised.names.map((name, i) => judgeBackend(name, i, promised, finding));
  const strangers = strangersOf(facts);
  const breaches = [
    ...breachesOf(kept, finding),
    ...strangers.filter(({ isWithin }) => !isWithin).map(strangerReason),
  ];
  const shortage = shortageOf(promised, finding);
  return {
    verdict: breaches.length > 0 ? "fail" : shortage.length > 0 ? "too-few-requests" : "pass",
    promise: finding.promise,
    backends: [...kept, ...strangers],
    reasons: breaches.length > 0 ? breaches : shortage,
    requestsNeeded: finding.requestsNeeded,
    pValue: finding.pValue,
    power: finding.achievedPower,
  };
}

function check({ strategy, weights, counts, requests, ...facts }: DistributionFacts): void {
  const positive = [...weights.values()].filter((weight) => weight > 0);
  const { connections, workers, tolerance } = facts;
  if ([...weights.values()].some((weight) => !(weight >= 0 && weight < Infinity)))
    throw new RangeError("a weight must be 0 or more");
  if (positive.length === 0) throw new RangeError("no backend has a weight above 0");
  if (!usesWeights(strategy) && new Set(positive).size > 1)
    throw new RangeError(`${strategy} ignores weights, so unequal ones promise nothing`);
  if ([...counts.values()].some((count) => !Number.isSafeInteger(count) || count < 0))
    throw new RangeError("a count must be a whole number");
  if (sum(counts.values()) > requests) throw new RangeError("more answers than requests");
  if (!(connections >= 1 && workers >= 1))
    throw new RangeError("connections and workers must be at least 1");
  if (!(tolerance >= 0 && tolerance < 1))
    throw new RangeError("tolerance must be at least 0 and below 1");
}

function promisedOf(facts: DistributionFacts): Promised {
  const entries = [...facts.weights].filter(([, weight]) => weight > 0);
  const weights = entries.map(([, weight]) => weight);
  const totalWeight = sum(weights);
  const counts = entries.map(([name]) => facts.counts.get(name) ?? 0);
  const { connections, workers, tolerance } = facts;
  return {
    names: entries.map(([name]) => name),
    weights,
    shares: weights.map((weight) => weight / totalWeight),
    counts,
    total: sum(counts),
    lost: facts.requests - sum(facts.counts.values()),
    connections,
    workers,
    tolerance,
    falseAlarmRate: facts.falseAlarmRate ?? defaultFalseAlarmRate,
    power: facts.power ?? defaultPower,
  };
}

function judgeBackend(
  name: string,
  i: number,
  promised: Promised,
  finding: Finding,
): JudgedBackend {
  const count = promised.counts[i] ?? 0;
  const expected = promised.total * (promised.shares[i] ?? 0);
  const { least, most } = finding.ranges[i] as Range;
  const deviation = expected === 0 ? undefined : count / expected - 1;
  return {
    name,
    count,
    expected,
    least,
    most,
    deviation,
    isWithin: count >= least && count <= most,
  };
}

/** Backends that answered and have no weight. */
function strangersOf({ weights, counts }: DistributionFacts): JudgedBackend[] {
  return [...new Set([...weights.keys(), ...counts.keys()])]
    .filter((name) => (weights.get(name) ?? 0) === 0)
    .map((name) => {
      const count = counts.get(name) ?? 0;
      const nothing = { expected: 0, least: 0, most: 0, deviation: undefined };
      return { name, count, ...nothing, isWithin: count === 0 };
    });
}

function strangerReason({ name, count }: JudgedBackend): string {
  return `${name} got ${amount(count, "request")} and should get nothing`;
}

function breachesOf(backends: readonly JudgedBackend[], { breaches }: Finding): readonly string[] {
  if (breaches !== undefined) return breaches;
  return backends
    .filter(({ isWithin }) => !isWithin)
    .map(({ name, count, least, most }) => `${name} got ${count}, not ${rangeText(least, most)}`);
}

function shortageOf({ total, tolerance }: Promised, { requestsNeeded }: Finding): string[] {
  if (total > 0 && total >= requestsNeeded) return [];
  if (requestsNeeded === Infinity) return ["no number of requests shows a skew of 0 %"];
  return [
    `${amount(total, "request")} cannot show a skew of ${percent(tolerance)}: it takes ${requestsNeeded}`,
  ];
}

function rangeText(least: number, most: number): string {
  return least === most ? String(least) : `${least} to ${most}`;
}

function sum(numbers: Iterable<number>): number {
  let result = 0;
  for (const number of numbers) result += number;
  return result;
}

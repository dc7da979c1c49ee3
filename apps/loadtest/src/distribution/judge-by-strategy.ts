/*
 * The verdict where the balancer's strategy is known: the oracle's, which says what that strategy promises
 * about counts, instead of one tolerance for all.
 */
import { judgeDistribution, type JudgedBackend, type JudgedStrategy } from "@evenkeel/oracles";
import { total } from "../observation/observation.ts";
import {
  type BackendVerdict,
  type BackendVerdictKind,
  checkDistribution,
  type DistributionCounts,
  type DistributionExpectation,
  type DistributionVerdict,
  expectedShares,
  naturalOrder,
  spreadOf,
  surplusReasons,
} from "./check-distribution.ts";
import { failureReasons, unattributedReasons } from "./failure-reasons.ts";

/** The load, as far as a promise depends on it. */
export interface JudgedLoad {
  readonly strategy: JudgedStrategy;
  /** Positions that the balancer's workers do not share. */
  readonly workers: number;
  readonly connections: number;
  /** Requests sent, whatever came of them. */
  readonly sent: number;
}

/** Judges `counts` by what the strategy promises. A run that nobody answered is judged without it. */
export function judgeByStrategy(
  counts: DistributionCounts,
  expectation: DistributionExpectation,
  load: JudgedLoad,
): DistributionVerdict {
  const expected = expectedShares(counts, expectation);
  const attributed = total(counts.backends.values());
  if (expected.names.length === 0) return checkDistribution(counts, expectation);
  const judgement = judgeDistribution({
    ...load,
    weights: new Map(expected.names.map((name) => [name, expected.weightOf(name)])),
    counts: counts.backends,
    requests: load.sent,
    tolerance: expectation.tolerance,
  });
  const reasons = [
    ...judgement.reasons,
    ...surplusReasons(expected.names.length, expected, expectation.expectBackends),
    ...unattributedReasons(counts, attributed, expectation),
    ...failureReasons(counts),
  ];
  return {
    pass: reasons.length === 0,
    backends: judgement.backends
      .map((backend) => backendVerdict(backend, attributed))
      .toSorted((a, b) => naturalOrder.compare(a.name, b.name)),
    attributed,
    unattributed: total(counts.unattributed.values()),
    spread: spreadOf(judgement.backends.map(({ count }) => count)),
    reasons,
    judgement,
  };
}

function backendVerdict(backend: JudgedBackend, attributed: number): BackendVerdict {
  const { name, count, expected, least, most, deviation } = backend;
  const part = (requests: number): number => (attributed === 0 ? 0 : requests / attributed);
  return {
    name,
    requests: count,
    share: part(count),
    expectedShare: part(expected),
    deviation,
    verdict: kindOf(backend),
    range: { least, most },
  };
}

function kindOf({ isWithin, count, expected }: JudgedBackend): BackendVerdictKind {
  if (isWithin) return "within";
  if (count === 0) return "missing";
  return expected === 0 ? "unexpected" : "outside";
}

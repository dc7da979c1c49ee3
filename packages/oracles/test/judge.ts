import {
  type DistributionFacts,
  type DistributionJudgement,
  judgeDistribution,
  type JudgedStrategy,
} from "../src/index.ts";

/** `a`, `b`, `c`, … by position. */
export function nameOf(index: number): string {
  return String.fromCodePoint(97 + index);
}

export function named(numbers: readonly number[]): Map<string, number> {
  return new Map(numbers.map((number, index) => [nameOf(index), number]));
}

/** Judges counts by position; weights are 1, one connection, one position and ±5 % unless `facts` says so. */
export function judge(
  strategy: JudgedStrategy,
  counts: readonly number[],
  facts: Partial<Omit<DistributionFacts, "weights">> & {
    readonly weights?: readonly number[];
  } = {},
): DistributionJudgement {
  return judgeDistribution({
    strategy,
    counts: named(counts),
    requests: counts.reduce((sum, count) => sum + count, 0),
    connections: 1,
    workers: 1,
    tolerance: 0.05,
    ...facts,
    weights: named(facts.weights ?? counts.map(() => 1)),
  });
}

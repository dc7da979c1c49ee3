import { judgeDistribution } from "@evenkeel/oracles";
import { defaultChoice, type StrategyName } from "@evenkeel/core";
import { describe, expect, test } from "vitest";
import { production, simulatedBackends, simulatePool, steadyLoad } from "../src/index.ts";

/*
 * The whole of a simulated run, production strategies through production balancers, held against what
 * each strategy promises by rules that share no code with core.
 */

const requests = 60_000;

function judge(strategy: StrategyName, weights: readonly number[], seed = 1) {
  const result = simulatePool({
    backends: weights.flatMap((weight, index) => simulatedBackends(1, { slots: 4, weight }, index)),
    load: steadyLoad(200),
    requests,
    warmup: 0,
    service: { kind: "exp", meanMs: 20 },
    strategy: production(defaultChoice(strategy)),
    seed,
  });
  return judgeDistribution({
    strategy,
    weights: new Map(result.backends.map(({ id }, index) => [id, weights[index] ?? 1])),
    counts: new Map(result.backends.map(({ id, attempts }) => [id, attempts])),
    requests,
    connections: result.maxInFlight,
    workers: 1,
    tolerance: 0.1,
  });
}

describe("a simulated pool gets what its strategy promises", () => {
  test.each(["round-robin", "random", "least-connections", "power-of-two", "peak-ewma"] as const)(
    "%s over equal backends",
    (strategy) => {
      expect(judge(strategy, [1, 1, 1])).toMatchObject({ verdict: "pass", reasons: [] });
    },
  );

  test.each(["weighted-round-robin", "weighted-random"] as const)(
    "%s over weights 5, 3 and 1",
    (strategy) => {
      expect(judge(strategy, [5, 3, 1])).toMatchObject({ verdict: "pass", reasons: [] });
    },
  );
});

test("the same run under another strategy's promise is no pass", () => {
  const { backends } = judge("random", [1, 1, 1]);
  const counts = new Map(backends.map(({ name, count }) => [name, count]));
  const asTurns = judgeDistribution({
    strategy: "round-robin",
    weights: new Map(backends.map(({ name }) => [name, 1])),
    counts,
    requests,
    connections: 10,
    workers: 1,
    tolerance: 0.1,
  });
  expect(asTurns.verdict).toBe("fail");
});

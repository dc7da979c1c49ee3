import { expect, test } from "vitest";
import { doubtsOf } from "./latency-doubts.ts";

const latencies = { answers: 1000, p50Ms: 1, p99Ms: 2 };
const quiet = {
  rate: 10_000,
  achievedRate: 9_900,
  disturbance: 0,
  errors: 0,
  direct: latencies,
  through: latencies,
  lagP99Ms: 0.2,
  quietShare: 0.8,
};

test("a turn on a quiet machine raises no doubt", () => {
  expect(doubtsOf("nginx", 1, quiet)).toEqual([]);
});

test.each([
  [{ achievedRate: 9_400 }, "nginx: 9400 in place of 10000 requests per second in round 2"],
  [{ achievedRate: 10_600 }, "nginx: 10600 in place of 10000 requests per second in round 2"],
  [{ lagP99Ms: 13.21 }, "nginx: the load was 13.2 ms late (p99) in round 2"],
  [{ quietShare: 0.3 }, "nginx: only 30 % of the time counts in round 2"],
  [{ disturbance: 0.1 }, "nginx: other work took 10 % of the proxy's core in round 2"],
])("%j is said", (change, doubt) => {
  const [only, ...others] = doubtsOf("nginx", 2, { ...quiet, ...change });
  expect(only).toContain(doubt);
  expect(others).toEqual([]);
});

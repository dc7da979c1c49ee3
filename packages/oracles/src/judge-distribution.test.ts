import { describe, expect, test } from "vitest";
import { judge, named } from "../test/judge.ts";
import { judgeDistribution, judgedStrategies, requestsForPower, usesWeights } from "./index.ts";

describe("round-robin", () => {
  test("passes a difference of one per position, and fails one more", () => {
    expect(judge("round-robin", [334, 333, 333]).verdict).toBe("pass");
    const failed = judge("round-robin", [335, 333, 332]);
    expect(failed).toMatchObject({
      verdict: "fail",
      reasons: ["most − fewest is 3 (a 335, c 332), where round robin allows 1"],
    });
    expect(failed.backends.map(({ isWithin }) => isWithin)).toEqual([false, true, false]);
  });

  test("allows each worker with a position of its own one request", () => {
    expect(judge("round-robin", [1004, 1000, 1000], { workers: 4 }).verdict).toBe("pass");
    expect(judge("round-robin", [1005, 1000, 1000], { workers: 4 }).verdict).toBe("fail");
  });

  test("widens the bound by the requests of which nobody knows who answered", () => {
    expect(judge("round-robin", [333, 333, 331], { requests: 998 }).verdict).toBe("pass");
    expect(judge("round-robin", [333, 333, 331], { requests: 997 }).verdict).toBe("fail");
  });

  test("says how many requests show a skew of 5 % when the bound could hide it", () => {
    // 5 % of a third of 60 requests is 1, which the bound allows; of 61 it is more.
    expect(judge("round-robin", [20, 20, 20])).toMatchObject({
      verdict: "too-few-requests",
      requestsNeeded: 61,
      reasons: ["60 requests cannot show a skew of 5 %: it takes 61"],
    });
    expect(judge("round-robin", [21, 20, 20]).verdict).toBe("pass");
    expect(judge("round-robin", [20, 20, 20], { tolerance: 0 }).verdict).toBe("pass");
  });

  test("fails a backend that never answers", () => {
    expect(judge("round-robin", [500, 500, 0]).verdict).toBe("fail");
  });
});

describe("weighted-round-robin", () => {
  const weights = [5, 1, 1];

  test("is exact over whole periods", () => {
    expect(judge("weighted-round-robin", [500, 100, 100], { weights }).verdict).toBe("pass");
    expect(judge("weighted-round-robin", [501, 100, 99], { weights })).toMatchObject({
      verdict: "fail",
      reasons: ["a got 501, not 500", "c got 99, not 100"],
    });
  });

  test("allows in a part of a period what the sequence can give there, wherever it starts", () => {
    // Windows of two in a a b a c a a: a twice, or a and one of the others. Never b and c.
    const part = (counts: number[]): string =>
      judge("weighted-round-robin", counts, { weights, tolerance: 0.5 }).verdict;
    expect(part([502, 100, 100])).toBe("pass");
    expect(part([501, 101, 100])).toBe("pass");
    expect(part([500, 101, 101])).toBe("fail");
  });

  test("lets every position of several be off by the widest part", () => {
    const facts = { weights, workers: 2 };
    const [a] = judge("weighted-round-robin", [5000, 1000, 1000], facts).backends;
    expect(a?.least).toBeGreaterThanOrEqual(4997);
    expect(a?.most).toBeLessThanOrEqual(5003);
    expect(judge("weighted-round-robin", [5001, 1000, 999], facts).verdict).toBe("pass");
    expect(judge("weighted-round-robin", [5010, 995, 995], facts).verdict).toBe("fail");
  });

  test("takes weights that are not whole, and such as have no period", () => {
    const halves = { weights: [1.5, 0.5] };
    expect(judge("weighted-round-robin", [300, 100], halves).verdict).toBe("pass");
    expect(judge("weighted-round-robin", [301, 99], halves).verdict).toBe("fail");
    const endless = { weights: [Math.PI, 1] };
    expect(judge("weighted-round-robin", [7586, 2414], endless).verdict).toBe("pass");
    expect(judge("weighted-round-robin", [7600, 2400], endless).verdict).toBe("fail");
  });
});

describe("random and weighted-random", () => {
  test("pass what chance explains, with p-value and power", () => {
    const judged = judge("random", [7800, 7661]);
    expect(judged.verdict).toBe("pass");
    expect(judged.pValue).toBeCloseTo(0.264, 3);
    expect(judged.power).toBeGreaterThanOrEqual(0.99);
  });

  test("fail what it does not, and name the backend that is farthest off", () => {
    const judged = judge("weighted-random", [690, 310], { weights: [3, 1] });
    expect(judged.verdict).toBe("fail");
    expect(judged.reasons[0]).toMatch(
      /^chance does not explain these shares: p = 0\.0000\d+ .* a with 69 % where 75 % is due$/,
    );
  });

  test("say how many requests show the skew with power 0.99 when there are fewer", () => {
    expect(judge("random", [500, 500])).toMatchObject({
      verdict: "too-few-requests",
      requestsNeeded: 15_461,
      reasons: ["1000 requests cannot show a skew of 5 %: it takes 15461"],
    });
    expect(judge("random", [500, 500], { tolerance: 0.2 }).verdict).toBe("pass");
  });

  test("take the skew, the power and the rate of false alarms that are asked for", () => {
    const asked = { tolerance: 0.1, power: 0.8, falseAlarmRate: 0.05 };
    const { requestsNeeded } = judge("random", [500, 500], asked);
    expect(requestsNeeded).toBe(
      requestsForPower(0.8, [0.5, 0.5], { skew: 0.1, falseAlarmRate: 0.05 }),
    );
    expect(requestsNeeded).toBe(785);
  });

  test("do not trust the test where a backend expects fewer than five requests", () => {
    const judged = judge("weighted-random", [90, 9], { weights: [99, 1], tolerance: 0.9 });
    expect(judged).toMatchObject({ verdict: "too-few-requests", pValue: undefined, power: 0 });
  });

  test("cannot show a skew of nothing with any number of requests", () => {
    const judged = judge("random", [500, 500], { tolerance: 0 });
    expect(judged.reasons).toEqual(["no number of requests shows a skew of 0 %"]);
  });
});

describe("least-connections", () => {
  test("promises equal backends equal shares, whatever the connections", () => {
    for (const connections of [1, 4, 50]) {
      const judged = judge("least-connections", [60_000, 60_000, 60_000], { connections });
      expect(judged.verdict).toBe("pass");
      expect(judged.promise).toContain("33.3 %, 33.3 %, 33.3 %");
    }
  });

  test("promises a backend of weight 3 two thirds to everything, because idle ones of more weight go first", () => {
    const facts = { weights: [3, 1], connections: 50 };
    expect(judge("least-connections", [150_000, 50_000], facts).promise).toContain(
      "66.7 % to 100 %, 0 % to 33.3 %",
    );
    expect(judge("least-connections", [150_000, 50_000], facts).verdict).toBe("pass");
    expect(judge("least-connections", [100_000, 100_000], facts).verdict).toBe("fail");
  });
});

describe("power-of-two", () => {
  test("gives nobody more than two draws of N, however heavy", () => {
    const facts = { weights: [100, 1, 1, 1, 1], connections: 1, tolerance: 0.2 };
    const [heavy] = judge("power-of-two", [40_000, 15_000, 15_000, 15_000, 15_000], facts).backends;
    expect(heavy?.isWithin).toBe(true);
    expect(judge("power-of-two", [96_000, 1000, 1000, 1000, 1000], facts).verdict).toBe("fail");
  });
});

describe("strategies that follow latency", () => {
  test("promise that nobody starves", () => {
    expect(judge("least-response-time", [900, 400, 200]).verdict).toBe("pass");
    expect(judge("least-response-time", [1490, 5, 5])).toMatchObject({ verdict: "fail" });
    expect(judge("peak-ewma", [600, 400, 50]).verdict).toBe("pass");
  });

  test("promise no more than 2/N where two are drawn", () => {
    expect(judge("peak-ewma", [9000, 500, 500]).verdict).toBe("fail");
    expect(judge("least-response-time", [9000, 500, 500]).verdict).toBe("pass");
  });
});

test.each(["ip-hash", "consistent-hash", "maglev", "rendezvous"] as const)(
  "%s: one client is one key, so one backend answers",
  (strategy) => {
    expect(judge(strategy, [0, 1000, 0]).verdict).toBe("pass");
    expect(judge(strategy, [1, 999, 0])).toMatchObject({
      verdict: "fail",
      reasons: ["one key was answered by several backends: a 0.1 %, b 99.9 %"],
    });
    expect(judge(strategy, [0, 10, 0]).verdict).toBe("too-few-requests");
  },
);

test("first: everything goes to the first backend", () => {
  expect(judge("first", [1000, 0]).verdict).toBe("pass");
  expect(judge("first", [0, 1000]).verdict).toBe("fail");
});

test.each(judgedStrategies)(
  "%s: a single backend gets everything, and that is fine",
  (strategy) => {
    expect(judge(strategy, [100_000]).verdict).toBe("pass");
  },
);

test.each(judgedStrategies)("%s: no requests prove nothing", (strategy) => {
  expect(judge(strategy, [0, 0]).verdict).toBe("too-few-requests");
});

test("a backend that should get nothing fails the run with its first request", () => {
  const facts = { requests: 1001, connections: 1, workers: 1, tolerance: 0.05 } as const;
  const weights = new Map([...named([1, 1]), ["drained", 0]]);
  const counts = named([500, 500]);
  const judgeWith = (name: string, count: number): unknown =>
    judgeDistribution({
      ...facts,
      strategy: "round-robin",
      weights,
      counts: new Map([...counts, [name, count]]),
    });
  expect(judgeWith("drained", 1)).toMatchObject({
    verdict: "fail",
    reasons: ["drained got 1 request and should get nothing"],
  });
  expect(judgeWith("stranger", 1)).toMatchObject({ verdict: "fail" });
  expect(judgeWith("drained", 0)).toMatchObject({ verdict: "pass" });
});

test("refuses weights that the strategy ignores", () => {
  expect(judgedStrategies.filter((strategy) => !usesWeights(strategy))).toEqual([
    "round-robin",
    "random",
    "first",
  ]);
  expect(() => judge("random", [1, 1], { weights: [3, 1] })).toThrow(/random ignores weights/);
});

test.each([
  ["no weight above 0", { weights: [0, 0] }],
  ["a negative weight", { weights: [-1, 1] }],
  ["more answers than requests", { requests: 1 }],
  ["no worker", { workers: 0 }],
  ["no connection", { connections: 0 }],
  ["a tolerance of everything", { tolerance: 1 }],
])("refuses %s", (_name, facts) => {
  expect(() => judge("weighted-random", [1, 1], facts)).toThrow(RangeError);
});

import { describe, expect, test } from "vitest";
import type { DetectionSettings } from "./detection-settings.ts";
import type { FaultEffect } from "./fault-effect.ts";
import { type FailoverFacts, longestRestOfEjection, predictFailover } from "./predict-failover.ts";

/** The defaults of the documentation. */
const settings: DetectionSettings = {
  check: {
    type: "http",
    path: "/",
    intervalMs: 10_000,
    fastIntervalMs: 1000,
    timeoutMs: 5000,
    jitter: 0.2,
    unhealthyThreshold: 3,
    healthyThreshold: 2,
  },
  breaker: {
    failureThreshold: 5,
    resetTimeoutMs: 30_000,
    jitter: 0.2,
    maxEjectionTimeMs: 300_000,
    maxEjected: 0.5,
  },
  maxRetries: 2,
  connectTimeoutMs: 3000,
  responseTimeoutMs: 30_000,
};

const killed: FaultEffect = { request: "refused", check: "fails" };
const stopped: FaultEffect = { request: "no-response", check: "times-out" };
const storm: FaultEffect = { request: "error", check: "as-traffic" };

const facts: FailoverFacts = {
  effect: killed,
  faultMs: 10_000,
  victims: 1,
  backends: 5,
  ratePerSecond: 500,
  arrivals: "constant",
};

function predict(changes: Partial<FailoverFacts> = {}, own: Partial<DetectionSettings> = {}) {
  return predictFailover({ ...settings, ...own }, { ...facts, ...changes });
}

describe("checks notice", () => {
  test("after interval, fast intervals and a timeout, at their longest", () => {
    expect(predict().activeDetection).toEqual({
      ms: 12_000 + 2 * 1200 + 5000,
      because: "10s × 1.2 + 1s × 1.2 × 2 + 5s",
    });
  });

  test("after a timeout for each check where checks hang", () => {
    expect(predict({ effect: stopped }).activeDetection).toEqual({
      ms: 12_000 + 2 * 1200 + 15_000,
      because: "10s × 1.2 + 1s × 1.2 × 2 + 5s × 3",
    });
  });

  test("after one interval with a threshold of one and no jitter", () => {
    const check = { ...settings.check, jitter: 0, unhealthyThreshold: 1 } as const;
    expect(predict({}, { check: check as DetectionSettings["check"] }).activeDetection).toEqual({
      ms: 15_000,
      because: "10s + 5s",
    });
  });

  test("at the interval where that is shorter than the fast one", () => {
    const check = { ...settings.check, intervalMs: 500, jitter: 0 };
    expect(predict({}, { check: check as DetectionSettings["check"] }).activeDetection?.ms).toBe(
      500 + 2 * 500 + 5000,
    );
  });

  test.each([
    ["/", 19_400],
    ["/health", undefined],
  ])("a storm of errors, or not, by what they ask for: %s", (path, expectedMs) => {
    const check = { ...settings.check, path } as DetectionSettings["check"];
    expect(predict({ effect: storm }, { check }).activeDetection?.ms).toBe(expectedMs);
  });

  test("never, where there are none", () => {
    expect(predict({}, { check: null }).activeDetection).toBeNull();
  });
});

describe("traffic ejects", () => {
  test("after so many requests to the victim as the threshold says", () => {
    expect(predict().passiveEjection).toEqual({ ms: 50, because: "5 requests to it at 100/s" });
  });

  test("later when arrivals are random: six deviations of the time of the fifth", () => {
    const { passiveEjection } = predict({ arrivals: "poisson" });
    expect(passiveEjection?.ms).toBeCloseTo((5 + 6 * Math.sqrt(5)) * 10, 9);
  });

  test("only once the response timeout has passed where nothing answers", () => {
    expect(predict({ effect: stopped }).passiveEjection).toEqual({
      ms: 30_050,
      because: "5 requests to it at 100/s + 30s",
    });
  });

  test.each<[string, Partial<FailoverFacts>, Partial<DetectionSettings>]>([
    ["without a breaker", {}, { breaker: null }],
    ["where responses are only slow", { effect: { request: "slow", check: "passes" } }, {}],
    ["where more would be out than may be", { victims: 3 }, {}],
  ])("never %s", (_name, changes, own) => {
    expect(predict(changes, own).passiveEjection).toBeNull();
  });

  test("one backend also where the share that may be out rounds to none", () => {
    expect(predict({ backends: 1, victims: 1 }).passiveEjection?.ms).toBe(10);
  });
});

test("traffic ends by whichever is first", () => {
  expect(predict().trafficEnds?.ms).toBe(50);
  expect(predict({ ratePerSecond: 1 }).trafficEnds?.ms).toBe(19_400);
  expect(predict({}, { check: null, breaker: null }).trafficEnds).toBeNull();
});

test("the last request fails when traffic ends, or as late as its response may take", () => {
  expect(predict().lastFailure?.ms).toBe(50);
  expect(predict({ effect: stopped }).lastFailure?.ms).toBe(29_400 + 30_000);
  expect(predict({ victims: 5 }).lastFailure).toBeNull();
});

describe("the victim is back in", () => {
  test("after passing checks, or the rest of its ejection and its trial, whichever is later", () => {
    const { readmission } = predict({}, { breaker: null });
    expect(readmission).toEqual({ ms: 12_000 + 1200 + 5000, because: "10s × 1.2 + 1s × 1.2 + 5s" });
    expect(predict().readmission).toEqual({
      ms: 26_000 + 1200 + 5000 + 10,
      because: "ejection that is left after 10s + 1s × 1.2 + 5s + one request",
    });
    expect(predict({}, { check: null }).readmission?.ms).toBe(26_010);
  });

  test("at no known time where nobody had taken it out", () => {
    expect(predict({ effect: { request: "slow", check: "passes" } }).readmission).toBeNull();
  });
});

test("nobody who never comes back is back at any time", () => {
  expect(predict({ faultMs: undefined }).readmission).toBeNull();
});

describe("the rest of an ejection", () => {
  const { breaker } = settings as { readonly breaker: NonNullable<DetectionSettings["breaker"]> };

  test.each([
    ["the first runs until 30 to 36 s", 10_000, 26_000],
    ["it has just ended at the soonest: the second takes 60 to 72 s", 30_000, 72_000],
    ["the first may still run, or the second since 30 s", 33_000, 72_000],
    ["the second began at 36 s at the latest", 40_000, 36_000 + 72_000 - 40_000],
    ["the third follows a second that ended at 90 s at the soonest", 90_000, 108_000],
  ])("%s", (_name, faultMs, expected) => {
    expect(longestRestOfEjection(breaker, faultMs)).toBeCloseTo(expected, 6);
  });

  test("is never longer than the longest ejection and its jitter", () => {
    for (let faultMs = 0; faultMs < 3_600_000; faultMs += 17_000) {
      expect(longestRestOfEjection(breaker, faultMs)).toBeLessThanOrEqual(360_000 + 1e-6);
    }
  });
});

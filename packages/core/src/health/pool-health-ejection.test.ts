import { describe, expect, test } from "vitest";
import {
  breaker,
  check,
  checkResults,
  failedPercent,
  members,
  outlier,
  permissions,
  poolHealth,
  settings,
  stateOf,
  told,
  viewOf,
} from "../../test/pool-health.ts";
import type { PoolHealth } from "../index.ts";

/** b0 of four without checks, ejected at 0, on trial at 30 s. */
function onTrial(changed: Partial<typeof breaker> = {}): PoolHealth {
  const pool = poolHealth({ settings: { breaker: { ...breaker, ...changed } } });
  pool.failuresInRow("b0", 5, 0);
  pool.advance(30_000);
  return pool;
}

describe("failures in a row", () => {
  test("eject at the threshold", () => {
    const pool = poolHealth();
    expect(told(pool.failuresInRow("b0", 5, 1_000))).toEqual([
      "b0 healthy -> ejected (open, none): 5 failures in a row",
    ]);
    expect(permissions(pool, 4)).toEqual(["none", "full", "full", "full"]);
  });

  test("say until when, in the change and in the view", () => {
    const pool = poolHealth({ random: () => 0.5 });
    const [change] = pool.failuresInRow("b0", 5, 1_000);
    expect(change).toMatchObject({ at: 1_000, untilMs: 34_000 });
    const { since, ejectedUntil, ejections, reason } = viewOf(pool, "b0");
    expect({ since, ejectedUntil, ejections, reason }).toEqual({
      since: 1_000,
      ejectedUntil: 34_000,
      ejections: 1,
      reason: "5 failures in a row",
    });
  });

  test("do nothing below the threshold", () => {
    expect(poolHealth().failuresInRow("b0", 4, 0)).toEqual([]);
  });

  test("do nothing to a backend that is ejected already", () => {
    const pool = poolHealth();
    pool.failuresInRow("b0", 5, 0);
    expect(pool.failuresInRow("b0", 10, 1_000)).toEqual([]);
    expect(viewOf(pool, "b0")).toMatchObject({ ejectedUntil: 30_000, ejections: 1 });
  });

  test("do nothing to a backend on trial: its trial requests decide", () => {
    const pool = onTrial();
    expect(pool.failuresInRow("b0", 10, 30_001)).toEqual([]);
    expect(stateOf(pool, "b0")).toBe("ejected, half-open, trial");
  });

  test("do nothing without a circuit breaker", () => {
    expect(poolHealth({ settings: { breaker: null } }).failuresInRow("b0", 500, 0)).toEqual([]);
  });

  test("of an unhealthy backend do not add an ejection to it", () => {
    const pool = poolHealth({ of: members(4, check) });
    checkResults(pool, "b0", "---", 0);
    expect(pool.failuresInRow("b0", 5, 10)).toEqual([]);
    expect(stateOf(pool, "b0")).toBe("unhealthy, closed, none");
  });
});

describe("an ejection", () => {
  test("ends with trial requests, and a good one closes the breaker", () => {
    const pool = poolHealth();
    pool.failuresInRow("b0", 5, 0);
    expect(pool.advance(29_999)).toEqual([]);
    const half = pool.advance(30_000);
    expect(told(half)).toEqual([
      "b0 ejected -> ejected (half-open, trial): ejection of 30 s ended",
    ]);
    expect(half[0]).toMatchObject({ trialTokens: 1, untilMs: null });
    expect(told(pool.trialEnded("b0", true, 30_040))).toEqual([
      "b0 ejected -> healthy (closed, full): trial request succeeded",
    ]);
  });

  test("starts again, and longer, when a trial request fails", () => {
    const pool = onTrial();
    const changes = pool.trialEnded("b0", false, 30_040);
    expect(told(changes)).toEqual(["b0 ejected -> ejected (open, none): trial request failed"]);
    expect(changes[0]).toMatchObject({ untilMs: 90_040, trialTokens: 0 });
  });

  test("hands out as many trial tokens as configured", () => {
    const pool = onTrial({ halfOpenRequests: 3 });
    expect([pool.trialTokens("b0"), pool.trialTokens("b1")]).toEqual([3, 0]);
  });

  test("replaces trial requests whose result never came", () => {
    const pool = onTrial();
    expect(pool.nextAdvanceAt(30_000)).toBe(60_000);
    expect(pool.advance(59_999)).toEqual([]);
    const again = pool.advance(60_000);
    expect(told(again)).toEqual([
      "b0 ejected -> ejected (half-open, trial): no trial request was answered within 30 s",
    ]);
    expect(again[0]).toMatchObject({ trialTokens: 1 });
    expect(pool.nextAdvanceAt(60_000)).toBe(90_000);
  });

  test("ignores the result of a trial request that comes after the trial", () => {
    const pool = onTrial();
    pool.trialEnded("b0", false, 30_040);
    expect(pool.trialEnded("b0", true, 30_050)).toEqual([]);
    pool.advance(90_040);
    pool.trialEnded("b0", true, 90_050);
    expect(pool.trialEnded("b0", false, 90_060)).toEqual([]);
  });

  test("is never ended by time alone", () => {
    const pool = onTrial();
    for (let now = 30_000; now < 7_200_000; now = pool.nextAdvanceAt(now)) pool.advance(now);
    expect(stateOf(pool, "b0")).toBe("ejected, half-open, trial");
  });

  test("is forgotten after a quiet interval each", () => {
    const pool = onTrial();
    pool.trialEnded("b0", false, 30_000);
    pool.advance(90_000);
    pool.trialEnded("b0", true, 90_000);
    const ejections = [90_000, 99_999, 100_000, 110_000].map((now) => {
      pool.advance(now);
      return viewOf(pool, "b0").ejections;
    });
    expect(ejections).toEqual([2, 2, 1, 0]);
  });

  test("is followed by a slow start", () => {
    const pool = onTrial();
    expect(pool.rampShare("b0", 30_000)).toBe(1);
    pool.trialEnded("b0", true, 31_000);
    const shares = [31_000, 36_000, 41_000].map((now) => pool.rampShare("b0", now));
    expect(shares).toEqual([0.1, expect.closeTo(0.55, 9), 1]);
    expect(pool.nextAdvanceAt(31_000)).toBe(31_500);
  });

  test("ends at another time for each backend, so that they do not come back together", () => {
    const jitters = [0.1, 0.9];
    const pool = poolHealth({ random: () => jitters.shift() ?? 0 });
    pool.failuresInRow("b0", 5, 0);
    pool.failuresInRow("b1", 5, 0);
    expect([viewOf(pool, "b0").ejectedUntil, viewOf(pool, "b1").ejectedUntil]).toEqual([
      30_600, 35_400,
    ]);
  });
});

describe("a sweep", () => {
  test("ejects who failed too much", () => {
    const pool = poolHealth();
    expect(told(pool.swept(failedPercent(90, 1, 0, 0), 10_000))).toEqual([
      "b0 healthy -> ejected (open, none): failed 90 % of 100 requests in 10 s",
    ]);
  });

  test("ejects who lies too far below the others", () => {
    const pool = poolHealth({ of: 5 });
    expect(told(pool.swept(failedPercent(39, 1, 0, 0, 1), 10_000))).toEqual([
      "b0 healthy -> ejected (open, none): " +
        "success rate 61 % is more than 1.9 deviations below the pool's 92 %",
    ]);
  });

  test("ejects the worst where the cap leaves no room for all", () => {
    const pool = poolHealth();
    const changes = pool.swept(failedPercent(90, 100, 95, 0), 10_000);
    expect(changes.map(({ backend }) => backend)).toEqual(["b1", "b2"]);
  });

  test("does nothing without outlier detection", () => {
    const pool = poolHealth({ settings: { outlier: null } });
    expect(pool.swept(failedPercent(100, 0, 0, 0), 10_000)).toEqual([]);
  });

  test("ejects for 30 s without a circuit breaker", () => {
    const pool = poolHealth({ settings: { breaker: null } });
    expect(pool.swept(failedPercent(100, 0, 0, 0), 10_000)).toMatchObject([{ untilMs: 40_000 }]);
  });

  test("does not eject a backend again for failures from before its ejection", () => {
    const pool = poolHealth({ settings: { breaker: { ...breaker, resetTimeoutMs: 1_000 } } });
    pool.failuresInRow("b0", 5, 1_000);
    pool.advance(2_000);
    pool.trialEnded("b0", true, 2_000);
    expect(pool.swept(failedPercent(95, 0, 0, 0), 10_000)).toEqual([]);
    expect(pool.swept(failedPercent(95, 0, 0, 0), 20_000)).toHaveLength(1);
  });

  test("does not measure the others by a backend that is out", () => {
    const pool = poolHealth({ of: 5 });
    pool.failuresInRow("b4", 5, 0);
    // Four are left to compare; with b4 there would be five.
    expect(pool.swept(failedPercent(39, 1, 0, 0, 1), 10_000)).toEqual([]);
  });
});

describe("the cap on ejections", () => {
  test("leaves half of the pool, and the view says what it forbade", () => {
    const pool = poolHealth();
    const changes = ["b0", "b1", "b2", "b3"].flatMap((id) => pool.failuresInRow(id, 5, 1_000));
    expect(changes.map(({ backend }) => backend)).toEqual(["b0", "b1"]);
    expect(viewOf(pool, "b2")).toMatchObject({
      status: "healthy",
      permission: "full",
      capped: {
        count: 1,
        reason: "5 failures in a row, but 2 of 4 are ejected already",
        at: 1_000,
      },
    });
    expect(viewOf(pool, "b0").capped).toBeNull();
  });

  test("counts every refusal", () => {
    const pool = poolHealth({ of: 1 });
    pool.failuresInRow("b0", 5, 1_000);
    pool.failuresInRow("b0", 10, 2_000);
    expect(viewOf(pool, "b0").capped).toEqual({
      count: 2,
      reason: "10 failures in a row, but no other backend can serve",
      at: 2_000,
    });
  });

  test("lets one of two go, but never the last one", () => {
    const pool = poolHealth({ of: 2, settings: { outlier: { ...outlier, maxEjected: 1 } } });
    pool.failuresInRow("b0", 5, 0);
    expect(pool.failuresInRow("b1", 5, 0)).toEqual([]);
    expect(permissions(pool, 2)).toEqual(["none", "full"]);
  });

  test("does not count on a backend on trial", () => {
    const pool = poolHealth({ of: 2, settings: { outlier: { ...outlier, maxEjected: 1 } } });
    pool.failuresInRow("b0", 5, 0);
    pool.advance(30_000);
    expect(pool.failuresInRow("b1", 5, 30_000)).toEqual([]);
    expect(permissions(pool, 2)).toEqual(["trial", "full"]);
  });

  test("does not count on a backend that checks or the operator took out", () => {
    const pool = poolHealth({ of: [...members(3, check)] });
    checkResults(pool, "b1", "---", 0);
    pool.setOperatorState("b2", "draining", "", 0);
    expect(pool.failuresInRow("b0", 5, 0)).toEqual([]);
  });

  test("counts only backends that the operator has not taken out", () => {
    const pool = poolHealth({ of: 5 });
    for (const id of ["b3", "b4"]) pool.setOperatorState(id, "maintenance", "", 0);
    pool.failuresInRow("b0", 5, 0);
    expect(pool.failuresInRow("b1", 5, 0)).toEqual([]);
    expect(viewOf(pool, "b1").capped?.reason).toMatch("1 of 3 are ejected already");
  });

  test("has room again once an ejection has ended well", () => {
    const pool = poolHealth({ of: 3 });
    pool.failuresInRow("b0", 5, 0);
    expect(pool.failuresInRow("b1", 5, 29_000)).toEqual([]);
    pool.advance(30_000);
    pool.trialEnded("b0", true, 30_000);
    expect(pool.failuresInRow("b1", 10, 30_001)).toHaveLength(1);
  });
});

test("an event brings the pool up to its own time first", () => {
  const pool = poolHealth();
  pool.failuresInRow("b0", 5, 0);
  expect(told(pool.failuresInRow("b1", 5, 40_000))).toEqual([
    "b0 ejected -> ejected (half-open, trial): ejection of 30 s ended",
    "b1 healthy -> ejected (open, none): 5 failures in a row",
  ]);
});

test("events of a backend that is no member change nothing", () => {
  const pool = poolHealth();
  const changes = [
    pool.failuresInRow("gone", 5, 0),
    pool.checked("gone", false, "connection refused", 0),
    pool.trialEnded("gone", true, 0),
    pool.setOperatorState("gone", "draining", "", 0),
    pool.swept(new Map([["gone", { successes: 0, failures: 100 }]]), 0),
  ];
  expect(changes.flat()).toEqual([]);
  expect([pool.permission("gone"), pool.view("gone"), pool.wantsCheck("gone")]).toEqual([
    "none",
    undefined,
    false,
  ]);
});

test.each([0, 1.5])("a failure threshold cannot be %d, nor can trial requests", (bad) => {
  const refused = expect.objectContaining({ code: "EVENKEEL_THRESHOLD" });
  const withBreaker = (changed: Partial<typeof breaker>) =>
    poolHealth({ settings: { ...settings, breaker: { ...breaker, ...changed } } });
  expect(() => withBreaker({ failureThreshold: bad })).toThrow(refused);
  expect(() => withBreaker({ halfOpenRequests: bad })).toThrow(refused);
});

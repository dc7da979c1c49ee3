import { describe, expect, test } from "vitest";
import {
  check,
  checkResults,
  members,
  permissions,
  poolHealth,
  stateOf,
  told,
  viewOf,
} from "../../test/pool-health.ts";
import type { CheckedStatus, PoolHealth } from "../index.ts";

function checkedPool(count = 4): PoolHealth {
  return poolHealth({ of: members(count, check) });
}

describe("at the start of the process", () => {
  test.each<[initialState: CheckedStatus, state: string]>([
    ["unknown", "unknown, closed, full"],
    ["healthy", "healthy, closed, full"],
    ["unhealthy", "unhealthy, closed, none"],
  ])("initial state %s: %s", (initialState, state) => {
    const pool = poolHealth({ of: members(2, { ...check, initialState }) });
    expect(stateOf(pool, "b0")).toBe(state);
  });

  test("one passed check makes it healthy, and it does not ramp up: it was never out", () => {
    const pool = checkedPool();
    expect(told(pool.checked("b0", true, "GET / answered 200", 300))).toEqual([
      "b0 unknown -> healthy (closed, full): GET / answered 200",
    ]);
    expect(pool.rampShare("b0", 300)).toBe(1);
  });

  test("a backend without checks is healthy: nothing speaks against it", () => {
    const pool = poolHealth();
    expect(stateOf(pool, "b0")).toBe("healthy, closed, full");
    expect(viewOf(pool, "b0").reason).toBe("no active check is configured");
    expect(pool.checked("b0", false, "connection refused", 0)).toEqual([]);
    expect(pool.wantsCheck("b0")).toBe(false);
  });

  test("every backend wants a check until one has decided", () => {
    const pool = checkedPool();
    expect(pool.wantsCheck("b0")).toBe(true);
    checkResults(pool, "b0", "+", 300);
    expect(pool.wantsCheck("b0")).toBe(false);
  });
});

describe("failed checks", () => {
  test("take a backend out at the threshold", () => {
    const pool = checkedPool();
    checkResults(pool, "b0", "+--", 0);
    expect(pool.wantsCheck("b0")).toBe(true);
    const changes = pool.checked("b0", false, "GET / answered 503", 3_000);
    expect(told(changes)).toEqual(["b0 healthy -> unhealthy (closed, none): GET / answered 503"]);
  });

  test("are not capped: all of the pool can be unhealthy, and then nobody serves", () => {
    const pool = checkedPool();
    for (const { id } of members(4)) checkResults(pool, id, "---", 1_000);
    expect(permissions(pool, 4)).toEqual(["none", "none", "none", "none"]);
  });

  test("show in the view", () => {
    const pool = checkedPool();
    checkResults(pool, "b0", "++", 1_000);
    checkResults(pool, "b0", "--", 2_000);
    expect(viewOf(pool, "b0")).toMatchObject({
      status: "healthy",
      since: 1_000,
      consecutiveSuccesses: 0,
      consecutiveFailures: 2,
      lastCheck: 2_000,
      lastError: "connection refused",
    });
  });
});

describe("an unhealthy backend", () => {
  test("comes back after enough passed checks, and ramps up", () => {
    const pool = checkedPool();
    checkResults(pool, "b0", "---", 0);
    expect(checkResults(pool, "b0", "+", 10_000)).toEqual([]);
    expect(told(checkResults(pool, "b0", "+", 11_000))).toEqual([
      "b0 unhealthy -> healthy (closed, full): GET / answered 200",
    ]);
    const shares = [11_000, 16_000, 21_000].map((now) => pool.rampShare("b0", now));
    expect(shares).toEqual([0.1, expect.closeTo(0.55, 9), 1]);
  });

  test("gets its share at once with slow start off", () => {
    const pool = poolHealth({ of: members(4, check), settings: { slowStartMs: 0 } });
    checkResults(pool, "b0", "---++", 0);
    expect([pool.rampShare("b0", 0), pool.nextAdvanceAt(0)]).toEqual([1, Infinity]);
  });
});

describe("an ejected backend with checks", () => {
  /** b0 of four healthy ones, ejected at 1 s. */
  function ejected(): PoolHealth {
    const pool = checkedPool();
    for (const { id } of members(4)) checkResults(pool, id, "+", 0);
    pool.failuresInRow("b0", 5, 1_000);
    return pool;
  }

  test("wants one check at once, and no more while that passes", () => {
    const pool = ejected();
    expect(pool.wantsCheck("b0")).toBe(true);
    checkResults(pool, "b0", "+", 1_010);
    expect(pool.wantsCheck("b0")).toBe(false);
  });

  test("is not readmitted by passing checks before its time", () => {
    const pool = ejected();
    expect(checkResults(pool, "b0", "+++++", 20_000)).toEqual([]);
    expect(stateOf(pool, "b0")).toBe("ejected, open, none");
  });

  test("is checked when its time is over, and gets trial requests only after a pass", () => {
    const pool = ejected();
    checkResults(pool, "b0", "+", 20_000);
    expect(told(pool.advance(31_000))).toEqual([
      "b0 ejected -> ejected (half-open, none): ejection of 30 s ended",
    ]);
    expect([pool.wantsCheck("b0"), pool.trialTokens("b0")]).toEqual([true, 0]);
    expect(checkResults(pool, "b0", "-", 31_010)).toEqual([]);
    expect(told(checkResults(pool, "b0", "+", 32_000))).toEqual([
      "b0 ejected -> ejected (half-open, trial): GET / answered 200",
    ]);
    expect(told(pool.trialEnded("b0", true, 32_010))).toEqual([
      "b0 ejected -> healthy (closed, full): trial request succeeded",
    ]);
  });

  test("waits for that check without being ejected for longer", () => {
    const pool = ejected();
    pool.advance(31_000);
    checkResults(pool, "b0", "--", 31_010);
    expect(viewOf(pool, "b0")).toMatchObject({ breaker: "half-open", ejections: 1 });
    expect(pool.nextAdvanceAt(31_010)).toBe(Infinity);
  });

  test("loses its trial when a check fails", () => {
    const pool = ejected();
    pool.advance(31_000);
    checkResults(pool, "b0", "+", 31_000);
    expect(told(checkResults(pool, "b0", "-", 31_500))).toEqual([
      "b0 ejected -> ejected (half-open, none): connection refused",
    ]);
    expect(pool.trialEnded("b0", true, 31_600)).toEqual([]);
  });

  test("is unhealthy when checks fail too: that verdict wins", () => {
    const pool = ejected();
    expect(told(checkResults(pool, "b0", "---", 4_000))).toEqual([
      "b0 ejected -> unhealthy (open, none): connection refused",
    ]);
  });

  test("goes on trial as soon as the checks that saw it fail saw it come back", () => {
    const pool = ejected();
    checkResults(pool, "b0", "---", 4_000);
    expect(checkResults(pool, "b0", "+", 11_000)).toEqual([]);
    expect(told(checkResults(pool, "b0", "+", 12_000))).toEqual([
      "b0 unhealthy -> ejected (half-open, trial): GET / answered 200",
    ]);
  });

  test("sits out its time all the same when it was ejected before", () => {
    const pool = ejected();
    pool.advance(31_000);
    checkResults(pool, "b0", "+", 31_000);
    pool.trialEnded("b0", false, 31_000);
    checkResults(pool, "b0", "---", 34_000);
    checkResults(pool, "b0", "++", 42_000);
    expect(stateOf(pool, "b0")).toBe("ejected, open, none");
    expect(viewOf(pool, "b0").ejectedUntil).toBe(91_000);
  });

  test("that is unhealthy at the end of its time needs the verdict back before its trial", () => {
    const pool = ejected();
    checkResults(pool, "b0", "---", 4_000);
    pool.advance(31_000);
    expect(stateOf(pool, "b0")).toBe("unhealthy, half-open, none");
    checkResults(pool, "b0", "+", 40_000);
    expect(stateOf(pool, "b0")).toBe("unhealthy, half-open, none");
    expect(pool.trialEnded("b0", true, 40_000)).toEqual([]);
    checkResults(pool, "b0", "+", 41_000);
    expect(stateOf(pool, "b0")).toBe("ejected, half-open, trial");
  });
});

describe("when nobody can serve", () => {
  function allDown(): PoolHealth {
    const pool = checkedPool(3);
    for (const { id } of members(3)) checkResults(pool, id, "---", 0);
    return pool;
  }

  test("the first passing check brings traffic back, though not yet the verdict", () => {
    const pool = allDown();
    expect(told(checkResults(pool, "b1", "+", 10_000))).toEqual([
      "b1 unhealthy -> unhealthy (closed, full): GET / answered 200, and no other backend is sound",
    ]);
    expect(told(checkResults(pool, "b1", "+", 11_000))).toEqual([
      "b1 unhealthy -> healthy (closed, full): GET / answered 200",
    ]);
  });

  test("so does that of each other backend, until the first one is healthy", () => {
    const pool = allDown();
    checkResults(pool, "b1", "+", 10_000);
    checkResults(pool, "b0", "+", 10_100);
    expect(permissions(pool, 3)).toEqual(["full", "full", "none"]);
    checkResults(pool, "b1", "+", 11_000);
    checkResults(pool, "b2", "+", 11_050);
    expect(permissions(pool, 3)).toEqual(["full", "full", "none"]);
  });

  test("a failing check takes the trust back at once", () => {
    const pool = allDown();
    checkResults(pool, "b1", "+", 10_000);
    expect(told(checkResults(pool, "b1", "-", 11_000))).toEqual([
      "b1 unhealthy -> unhealthy (closed, none): connection refused",
    ]);
  });

  test("an ejected backend that passes goes on trial before its time", () => {
    const pool = checkedPool(2);
    pool.failuresInRow("b0", 5, 0);
    checkResults(pool, "b1", "---", 3_000);
    expect(permissions(pool, 2)).toEqual(["none", "none"]);
    expect(told(checkResults(pool, "b0", "+", 4_000))).toEqual([
      "b0 ejected -> ejected (half-open, trial): " +
        "GET / answered 200, and no other backend is sound",
    ]);
  });
});

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
import type { OperatorState, PoolHealth } from "../index.ts";

describe("what the operator said", () => {
  test.each<OperatorState>(["draining", "maintenance"])("%s ends new requests", (state) => {
    const pool = poolHealth();
    expect(told(pool.setOperatorState("b0", state, "kernel update", 500))).toEqual([
      `b0 healthy -> ${state} (closed, none): operator: ${state}: kernel update`,
    ]);
    expect(pool.permission("b0")).toBe("none");
  });

  test("lets a draining backend keep its clients as long as it is fit to serve", () => {
    const pool = poolHealth({ of: members(4, check) });
    expect(pool.servesBound("b0")).toBe(false);
    pool.setOperatorState("b0", "draining", "", 0);
    expect([pool.servesBound("b0"), pool.servesBound("b1")]).toEqual([true, false]);
    checkResults(pool, "b0", "+---", 1_000);
    expect(pool.servesBound("b0")).toBe(false);
    checkResults(pool, "b0", "++", 9_000);
    expect(pool.servesBound("b0")).toBe(true);
    pool.setOperatorState("b0", "maintenance", "", 20_000);
    expect(pool.servesBound("b0")).toBe(false);
  });

  test("lets an ejected backend that drains keep nobody", () => {
    const pool = poolHealth();
    pool.failuresInRow("b0", 5, 0);
    pool.setOperatorState("b0", "draining", "", 100);
    expect([pool.servesBound("b0"), pool.servesBound("nobody")]).toEqual([false, false]);
  });

  test("wins over checks, failures in a row, sweeps and trials", () => {
    const pool = poolHealth({ of: members(4, check) });
    pool.setOperatorState("b0", "maintenance", "", 0);
    const changes = [
      ...checkResults(pool, "b0", "+---++", 1_000),
      ...pool.failuresInRow("b0", 5, 2_000),
      ...pool.swept(failedPercent(100, 0, 0, 0), 10_000),
      ...pool.trialEnded("b0", true, 11_000),
    ];
    expect(changes).toEqual([]);
    expect(stateOf(pool, "b0")).toBe("maintenance, closed, none");
  });

  test("ends with a slow start, and with what was known before", () => {
    const pool = poolHealth();
    pool.setOperatorState("b0", "draining", "", 0);
    expect(told(pool.setOperatorState("b0", "active", "", 60_000))).toEqual([
      "b0 draining -> healthy (closed, full): operator: active",
    ]);
    expect(pool.rampShare("b0", 60_000)).toBe(0.1);
  });

  test("hides what checks learn meanwhile, and does not stop them from learning", () => {
    const pool = poolHealth({ of: members(4, check) });
    pool.setOperatorState("b0", "maintenance", "", 0);
    checkResults(pool, "b0", "---", 1_000);
    expect(told(pool.setOperatorState("b0", "active", "", 60_000))).toEqual([
      "b0 maintenance -> unhealthy (closed, none): operator: active",
    ]);
  });

  test("does not stop an ejection from running out, and a trial begins when it ends", () => {
    const pool = poolHealth();
    pool.failuresInRow("b0", 5, 0);
    pool.setOperatorState("b0", "draining", "", 1_000);
    expect(told(pool.advance(30_000))).toEqual([
      "b0 draining -> draining (half-open, none): ejection of 30 s ended",
    ]);
    expect([pool.trialTokens("b0"), pool.nextAdvanceAt(30_000)]).toEqual([0, Infinity]);
    expect(pool.setOperatorState("b0", "active", "", 100_000)).toMatchObject([
      { to: "ejected", permission: "trial", trialTokens: 1 },
    ]);
    expect(pool.nextAdvanceAt(100_000)).toBe(130_000);
  });

  test("said twice changes nothing", () => {
    const pool = poolHealth();
    pool.setOperatorState("b0", "draining", "", 0);
    expect(pool.setOperatorState("b0", "draining", "again", 1_000)).toEqual([]);
    expect(viewOf(pool, "b0").since).toBe(0);
  });
});

describe("a panic", () => {
  /** Half of four ejected at 0; three of four is what the panic threshold asks for. */
  function panicking(): PoolHealth {
    const pool = poolHealth({ settings: { panicThreshold: 0.75 } });
    pool.failuresInRow("b0", 5, 0);
    pool.failuresInRow("b1", 5, 0);
    return pool;
  }

  test("begins below the threshold, not at it, and lets ejected backends serve", () => {
    const pool = poolHealth({ settings: { panicThreshold: 0.75 } });
    pool.failuresInRow("b0", 5, 0);
    expect([pool.isPanicking, pool.permission("b0")]).toEqual([false, "none"]);
    expect(told(pool.failuresInRow("b1", 5, 1_000))).toEqual([
      "b1 healthy -> ejected (open, none): 5 failures in a row",
      "b0 ejected -> ejected (open, full): panic: less than 75 % of the pool can serve",
      "b1 ejected -> ejected (open, full): panic: less than 75 % of the pool can serve",
    ]);
    expect([pool.isPanicking, pool.rampShare("b0", 1_000)]).toEqual([true, 1]);
    // The status is that from before the panic, and so is its age.
    expect(viewOf(pool, "b0").since).toBe(0);
  });

  test("ends by itself", () => {
    const pool = panicking();
    pool.advance(30_000);
    expect([pool.isPanicking, ...permissions(pool, 4)]).toEqual([
      false,
      "trial",
      "trial",
      "full",
      "full",
    ]);
  });

  test("ends for those still ejected when the others are back", () => {
    const jitters = [0, 0.9];
    const random = () => jitters.shift() ?? 0;
    const pool = poolHealth({ settings: { panicThreshold: 0.75 }, random });
    pool.failuresInRow("b0", 5, 0);
    pool.failuresInRow("b1", 5, 0);
    expect(told(pool.advance(30_000))).toEqual([
      "b0 ejected -> ejected (half-open, trial): ejection of 30 s ended",
      "b1 ejected -> ejected (open, none): the panic ended",
    ]);
  });

  test("begins again when a trial fails", () => {
    const pool = panicking();
    pool.advance(30_000);
    pool.trialEnded("b0", false, 30_010);
    expect(pool.isPanicking).toBe(false);
    pool.trialEnded("b1", false, 30_020);
    expect([pool.isPanicking, ...permissions(pool, 4)]).toEqual([
      true,
      "full",
      "full",
      "full",
      "full",
    ]);
  });

  test("does not send traffic to unhealthy backends, nor against the operator", () => {
    const pool = poolHealth({ of: members(4, check), settings: { panicThreshold: 1 } });
    checkResults(pool, "b0", "---", 0);
    pool.setOperatorState("b1", "draining", "", 0);
    pool.failuresInRow("b2", 5, 0);
    expect([pool.isPanicking, ...permissions(pool, 4)]).toEqual([
      true,
      "none",
      "none",
      "full",
      "full",
    ]);
  });

  test("does not come from what the operator took out", () => {
    const pool = poolHealth({ settings: { panicThreshold: 0.75 } });
    for (const id of ["b0", "b1", "b2"]) pool.setOperatorState(id, "draining", "", 0);
    expect(pool.isPanicking).toBe(false);
  });

  test("never begins when the threshold is 0", () => {
    const pool = poolHealth({ of: members(2, check) });
    for (const id of ["b0", "b1"]) checkResults(pool, id, "---", 0);
    expect([pool.isPanicking, ...permissions(pool, 2)]).toEqual([false, "none", "none"]);
  });

  test("compares shares without a rounding error: 7 of 100 are 7 %", () => {
    const pool = poolHealth({ of: members(100, check), settings: { panicThreshold: 0.07 } });
    for (const { id } of members(93)) checkResults(pool, id, "---", 0);
    expect(pool.isPanicking).toBe(false);
    checkResults(pool, "b99", "---", 0);
    expect(pool.isPanicking).toBe(true);
  });
});

describe("a change of the configuration", () => {
  test("keeps what is known of the members that stay", () => {
    const pool = poolHealth({ of: members(4, check) });
    pool.failuresInRow("b0", 5, 0);
    checkResults(pool, "b1", "---", 0);
    pool.setOperatorState("b2", "draining", "", 0);
    expect(pool.update(members(5, check), settings, 1_000)).toEqual([]);
    expect(["b0", "b1", "b2"].map((id) => stateOf(pool, id))).toEqual([
      "ejected, open, none",
      "unhealthy, closed, none",
      "draining, closed, none",
    ]);
    expect(viewOf(pool, "b0").ejectedUntil).toBe(30_000);
  });

  test("makes a new member wait for its first check, and ramps it up", () => {
    const pool = poolHealth({ of: members(1, check) });
    pool.update(members(2, check), settings, 1_000);
    expect(stateOf(pool, "b1")).toBe("unknown, closed, none");
    expect(checkResults(pool, "b1", "-", 1_100)).toEqual([]);
    expect(told(checkResults(pool, "b1", "+", 2_100))).toEqual([
      "b1 unknown -> healthy (closed, full): GET / answered 200",
    ]);
    expect(pool.rampShare("b1", 2_100)).toBe(0.1);
  });

  test("makes a new member wait whatever the initial state is", () => {
    const pool = poolHealth({ of: members(1, check) });
    pool.update(members(2, { ...check, initialState: "healthy" }), settings, 1_000);
    expect(stateOf(pool, "b1")).toBe("unknown, closed, none");
  });

  test("calls a new member unhealthy that fails its first checks", () => {
    const pool = poolHealth({ of: members(1, check) });
    pool.update(members(2, check), settings, 1_000);
    expect(told(checkResults(pool, "b1", "---", 1_100))).toEqual([
      "b1 unknown -> unhealthy (closed, none): connection refused",
    ]);
  });

  test("ramps up a new member without checks at once", () => {
    const pool = poolHealth({ of: 1 });
    pool.update(members(2), settings, 1_000);
    expect([pool.permission("b1"), pool.rampShare("b1", 1_000)]).toEqual(["full", 0.1]);
  });

  test("starts no panic over new members that wait for their first check", () => {
    const pool = poolHealth({ of: members(1, check), settings: { panicThreshold: 0.5 } });
    pool.update(members(9, check), { ...settings, panicThreshold: 0.5 }, 1_000);
    expect(pool.isPanicking).toBe(false);
  });

  test("lets a new member that turned out unhealthy count for the panic", () => {
    const panicThreshold = 1;
    const pool = poolHealth({ of: members(1, check), settings: { panicThreshold } });
    pool.update(members(2, check), { ...settings, panicThreshold }, 1_000);
    checkResults(pool, "b1", "--", 1_000);
    expect(pool.isPanicking).toBe(false);
    checkResults(pool, "b1", "-", 2_000);
    expect(pool.isPanicking).toBe(true);
  });

  test("forgets a member that leaves", () => {
    const pool = poolHealth({ of: 2 });
    pool.setOperatorState("b1", "maintenance", "", 0);
    pool.update(members(1), settings, 1_000);
    expect(pool.view("b1")).toBeUndefined();
    pool.update(members(2), settings, 2_000);
    expect(stateOf(pool, "b1")).toBe("healthy, closed, full");
  });

  test("readmits the ejected when nothing ejects any more", () => {
    const pool = poolHealth();
    pool.failuresInRow("b0", 5, 0);
    expect(pool.update(members(4), { ...settings, breaker: null }, 1_000)).toEqual([]);
    const nothingEjects = { ...settings, breaker: null, outlier: null };
    expect(told(pool.update(members(4), nothingEjects, 2_000))).toEqual([
      "b0 ejected -> healthy (closed, full): the configuration changed",
    ]);
  });

  test("readmits the unhealthy when checks are switched off", () => {
    const pool = poolHealth({ of: members(2, check) });
    checkResults(pool, "b0", "---", 0);
    expect(told(pool.update(members(2), settings, 1_000))).toEqual([
      "b0 unhealthy -> healthy (closed, full): the configuration changed",
      "b1 unknown -> healthy (closed, full): the configuration changed",
    ]);
  });

  test("that switches checks off leaves only the trial to a half-open backend", () => {
    const pool = poolHealth({ of: members(4, check) });
    pool.failuresInRow("b0", 5, 0);
    pool.advance(30_000);
    pool.update(members(4), settings, 31_000);
    expect(stateOf(pool, "b0")).toBe("ejected, half-open, trial");
  });

  test("that switches checks on goes on sending traffic until they decide", () => {
    const pool = poolHealth({ of: 2 });
    pool.update(members(2, check), settings, 1_000);
    expect(stateOf(pool, "b0")).toBe("unknown, closed, full");
  });

  test("applies to the next ejection and the next check", () => {
    const pool = poolHealth({ of: members(4, check) });
    const changed = {
      ...settings,
      breaker: { ...breaker, failureThreshold: 2, resetTimeoutMs: 5_000 },
      outlier: { ...outlier, maxEjected: 0 },
    };
    pool.update(members(4, { ...check, unhealthyThreshold: 1 }), changed, 0);
    expect(pool.failuresInRow("b0", 2, 0)).toMatchObject([{ untilMs: 5_000 }]);
    expect(pool.failuresInRow("b1", 2, 0)).toEqual([]);
    checkResults(pool, "b1", "-", 0);
    expect(stateOf(pool, "b1")).toBe("unhealthy, closed, none");
  });

  test("with a bad threshold is refused, and changes nothing", () => {
    const pool = poolHealth({ of: members(2, check) });
    const bad = [...members(1), { id: "b1", check: { ...check, unhealthyThreshold: 0 } }];
    const refused = expect.objectContaining({ code: "EVENKEEL_THRESHOLD" });
    expect(() => pool.update(bad, { ...settings, breaker: null }, 0)).toThrow(refused);
    expect(stateOf(pool, "b0")).toBe("unknown, closed, full");
    expect(pool.failuresInRow("b0", 5, 0)).toHaveLength(1);
  });

  test("with a doubled id is refused, and changes nothing", () => {
    const pool = poolHealth({ of: 1 });
    const refused = expect.objectContaining({ code: "EVENKEEL_DUPLICATE_BACKEND" });
    expect(() => pool.update([...members(1), ...members(1)], settings, 0)).toThrow(refused);
    expect(() => poolHealth({ of: [...members(1), ...members(1)] })).toThrow(refused);
    expect(pool.permission("b0")).toBe("full");
  });
});

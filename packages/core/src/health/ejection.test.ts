import { describe, expect, test } from "vitest";
import { breaker, outlier, settings } from "../../test/pool-health.ts";
import { scripted } from "../../test/scripted.ts";
import { Ejection, ejectionCap, ejectionRules } from "./ejection.ts";

const rules = ejectionRules(settings);
const noJitter = () => 0;

/** Opened `times` times, one right after the other, at 0. */
function opened(times: number): Ejection {
  const ejection = new Ejection();
  for (let count = 0; count < times; count++) ejection.open(rules, noJitter, 0);
  return ejection;
}

test.each([
  [1, 30_000],
  [2, 60_000],
  [9, 270_000],
  [10, 300_000],
  [11, 300_000],
  [50, 300_000],
])("ejection %d in a row lasts %d ms", (times, lengthMs) => {
  expect(opened(times).untilMs).toBe(lengthMs);
});

test("counts no further than the longest time, so that it is forgotten in bounded time", () => {
  expect(opened(50).count).toBe(10);
});

test.each([
  [0, 30_000],
  [0.5, 33_000],
  [0.999, 35_994],
])("jitter only makes it longer: random %d, %d ms", (random, lengthMs) => {
  const ejection = new Ejection();
  ejection.open(rules, scripted(random), 0);
  expect(ejection.untilMs).toBeCloseTo(lengthMs, 6);
});

describe("a closed breaker", () => {
  test("forgets one ejection per quiet interval", () => {
    const ejection = opened(3);
    ejection.close(100_000);
    const counts = [100_000, 109_999, 110_000, 120_000, 129_999, 130_000, 900_000].map((now) => {
      ejection.forget(10_000, now);
      return ejection.count;
    });
    expect(counts).toEqual([3, 3, 2, 1, 1, 0, 0]);
  });

  test("forgets as much when nobody asked in between", () => {
    const ejection = opened(3);
    ejection.close(100_000);
    ejection.forget(10_000, 125_000);
    expect([ejection.count, ejection.nextAt(10_000)]).toEqual([1, 130_000]);
  });
});

test("forgets nothing while it is open or half-open", () => {
  const ejection = opened(3);
  ejection.forget(10_000, 80_000);
  ejection.halfOpen();
  ejection.forget(10_000, 900_000);
  expect(ejection.count).toBe(3);
});

test("an ejection after a short quiet time is the next in the row", () => {
  const ejection = opened(2);
  ejection.close(60_000);
  ejection.forget(10_000, 65_000);
  ejection.open(rules, noJitter, 65_000);
  expect(ejection.untilMs).toBe(65_000 + 90_000);
});

test("is over at its end and not before, and not again once half-open", () => {
  const ejection = opened(1);
  expect([ejection.isOver(29_999), ejection.isOver(30_000)]).toEqual([false, true]);
  ejection.halfOpen();
  expect([ejection.isOver(90_000), ejection.untilMs]).toEqual([false, null]);
});

describe("without a circuit breaker", () => {
  test("ejections by statistics last 30 s and end with one trial request", () => {
    const { resetTimeoutMs, halfOpenRequests } = ejectionRules({ ...settings, breaker: null });
    expect([resetTimeoutMs, halfOpenRequests]).toEqual([30_000, 1]);
  });
});

describe("without outlier detection", () => {
  test("ejections by the breaker keep the default cap and longest time", () => {
    const { maxEjected, maxEjectionTimeMs } = ejectionRules({ ...settings, outlier: null });
    expect([maxEjected, maxEjectionTimeMs]).toEqual([0.5, 300_000]);
  });
});

test("settings rule where they are given", () => {
  const given = {
    breaker: { ...breaker, resetTimeoutMs: 1_000, halfOpenRequests: 3, jitter: 0.1 },
    outlier: { ...outlier, intervalMs: 5_000, maxEjected: 0.3, maxEjectionTimeMs: 60_000 },
  };
  expect(ejectionRules({ ...settings, ...given })).toEqual({
    resetTimeoutMs: 1_000,
    halfOpenRequests: 3,
    jitter: 0.1,
    maxEjected: 0.3,
    maxEjectionTimeMs: 60_000,
    quietIntervalMs: 5_000,
  });
});

test.each([
  [1, 0.5, 1],
  [2, 0.5, 1],
  [3, 0.5, 1],
  [4, 0.5, 2],
  [5, 0.5, 2],
  [9, 0.1, 1],
  [20, 0.1, 2],
  [3, 0, 1],
  [3, 1, 3],
])("of %d backends at %d at most %d are ejected at a time", (count, maxEjected, cap) => {
  expect(ejectionCap(count, maxEjected)).toBe(cap);
});

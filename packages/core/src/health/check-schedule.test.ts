import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scripted } from "../../test/scripted.ts";
import { firstCheckDelayMs, nextCheckDelayMs } from "../index.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the first check", () => {
  test("of each backend comes in its own share of the first second", () => {
    const delays = [0, 1, 2, 3].map((index) => firstCheckDelayMs(index, 4, scripted(0.5)));
    expect(delays).toEqual([125, 375, 625, 875]);
  });

  test("always comes within the first second", () => {
    const cases = fc.record({ count: fc.integer({ min: 1, max: 1000 }), of: chance, chance });
    fc.assert(
      fc.property(cases, ({ count, of, chance }) => {
        const delay = firstCheckDelayMs(Math.floor(of * count), count, () => chance);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(1000);
      }),
    );
  });
});

describe("the next check", () => {
  const timing = { intervalMs: 10_000, fastIntervalMs: 1000, jitter: 0.2, inTransition: false };

  test.each([
    [0, 8000],
    [0.5, 10_000],
    [0.75, 11_000],
  ])("comes after the interval, give or take the jitter: random %d, %d ms", (random, delayMs) => {
    expect(nextCheckDelayMs(timing, scripted(random))).toBe(delayMs);
  });

  test("comes after the fast interval while a verdict is in transition", () => {
    expect(nextCheckDelayMs({ ...timing, inTransition: true }, scripted(0.5))).toBe(1000);
  });

  test("never comes later for being in transition", () => {
    const often = { ...timing, intervalMs: 200, inTransition: true };
    expect(nextCheckDelayMs(often, scripted(0.5))).toBe(200);
  });

  test("comes exactly after the interval without jitter", () => {
    expect(nextCheckDelayMs({ ...timing, jitter: 0 }, scripted(0.9))).toBe(10_000);
  });
});

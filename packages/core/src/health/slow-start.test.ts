import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextRampStepAt, slowStartShare } from "./slow-start.ts";

test.each([
  [0, 0.1],
  [1_000, 0.19],
  [5_000, 0.55],
  [9_999, 0.99991],
  [10_000, 1],
  [Infinity, 1],
])("%d ms into a ramp of 10 s the share is %d", (elapsedMs, share) => {
  expect(slowStartShare(elapsedMs, 10_000)).toBeCloseTo(share, 9);
});

test("without slow start the share is whole at once", () => {
  expect(slowStartShare(0, 0)).toBe(1);
});

test.each([
  [0, 500],
  [499, 500],
  [500, 1_000],
  [9_600, 10_000],
  [10_000, Infinity],
])("at %d ms of a ramp of 10 s the next step comes at %d", (now, next) => {
  expect(nextRampStepAt(0, 10_000, now)).toBe(next);
});

test("going from step to step always ends, at the end of the ramp, after at most 21 steps", () => {
  const anyTime = fc.double({ min: 0, max: 1e9, noNaN: true });
  const anyRamp = fc.double({ min: 1, max: 600_000, noNaN: true });
  fc.assert(
    fc.property(anyTime, anyRamp, (since, slowStartMs) => {
      let now = since;
      for (let steps = 0; steps < 22; steps++) {
        const next = nextRampStepAt(since, slowStartMs, now);
        if (next === Infinity) return;
        expect(next).toBeGreaterThan(now);
        now = next;
      }
      expect(now).toBe(since + slowStartMs);
    }),
  );
});

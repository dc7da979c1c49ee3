import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

test.each([
  ["250ms", 250],
  ["10s", 10_000],
  ["1m30s", 90_000],
  ["1h", 3_600_000],
  ["1h1m1s1ms", 3_661_001],
  ["1.5s", 1500],
  ["1.001s", 1001],
  ["0s", 0],
])("reads %s as %d ms", (text, expected) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: expected });
});

test("refuses a number without unit and says which units there are", () => {
  expect(parseDuration("10")).toEqual({
    ok: false,
    message: "10 has no unit; write 10ms, 10s, 10m or 10h",
    suggestion: null,
  });
});

test.each(["", "10 s", "s", "-1s", "1s1m", "1d", "1e3s", "1S", "1s ", "1.0001s", "١s"])(
  "refuses %j",
  (text) => {
    expect(parseDuration(text).ok).toBe(false);
  },
);

test("refuses what is finer than a millisecond and what no number can hold", () => {
  expect(parseDuration("0.5ms")).toMatchObject({ message: "0.5ms is finer than 1ms" });
  expect(parseDuration("9999999999999h")).toMatchObject({ message: "9999999999999h is too long" });
});

test("writes durations the way people do", () => {
  expect([0, 1, 1500, 90_000, 3_600_000].map(formatDuration)).toEqual([
    "0s",
    "1ms",
    "1s500ms",
    "1m30s",
    "1h",
  ]);
});

test("does not write what no configuration can hold", () => {
  for (const value of [-1, 0.5, Number.NaN, Infinity]) {
    expect(() => formatDuration(value)).toThrow(RangeError);
  }
});

test("reads back every duration it writes", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toEqual({ ok: true, value: durationMs });
    }),
  );
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatRate, parseRate } from "./rate.ts";

test.each([
  ["100/s", 100, 1_000],
  ["10/m", 10, 60_000],
  ["5000/h", 5_000, 3_600_000],
  ["1000000/s", 1_000_000, 1_000],
])("reads %s as %i in %i ms", (text, count, perMs) => {
  expect(parseRate(text)).toEqual({ ok: true, value: { count, perMs } });
});

test("says what is missing", () => {
  expect(parseRate("100")).toMatchObject({
    message: "100 does not say in which time; write a rate like 100/s",
  });
  expect(parseRate("0/s")).toMatchObject({
    message: "must be at least 1; deny refuses everything",
  });
  expect(parseRate("1000001/s")).toMatchObject({ message: "must be at most 1000000/s" });
  expect(parseRate("60000001/m")).toMatchObject({ message: "must be at most 1000000/s" });
});

test.each([
  "",
  "/s",
  "100/",
  "100/d",
  "100 / s",
  "-1/s",
  "1.5/s",
  "1e3/s",
  "100/s/s",
  "100/S",
  "a/s",
])("refuses %j", (text) => {
  const message = `${JSON.stringify(text)} is not a rate; write it like 100/s, 10/m or 5000/h`;
  expect(parseRate(text)).toMatchObject({ ok: false, message });
});

test("reads back every rate it writes", () => {
  const rate = fc.record({
    count: fc.integer({ min: 1, max: 1_000_000 }),
    perMs: fc.constantFrom(1_000, 60_000, 3_600_000),
  });
  fc.assert(
    fc.property(rate, (value) => {
      expect(parseRate(formatRate(value))).toEqual({ ok: true, value });
    }),
  );
});

import { expect, test } from "vitest";
import { formatDeviation, formatLatency, formatTolerance } from "./format.ts";
import { wrapped } from "./layout.ts";
import { renderTable } from "./table.ts";

test("writes latencies with three digits that matter", () => {
  const texts = [87, 1_240, 62_100, 1_503_000].map((us) => formatLatency(us));
  expect(texts).toEqual(["87 µs", "1.24 ms", "62.1 ms", "1.503 s"]);
});

test("writes deviations with a sign, and none for zero", () => {
  const texts = [0.002, -0.4, 0.0001, -0.0001, undefined].map((part) => formatDeviation(part));
  expect(texts).toEqual(["+0.2 %", "-40.0 %", "0.0 %", "0.0 %", "n/a"]);
});

test("writes a tolerance as it was given", () => {
  expect([0.05, 0.025, 0.07].map((part) => formatTolerance(part))).toEqual([
    "±5 %",
    "±2.5 %",
    "±7 %",
  ]);
});

test("aligns painted cells by what is seen", () => {
  const columns = [
    { heading: "a", align: "right" },
    { heading: "b", align: "left" },
  ] as const;
  const lines = renderTable(columns, [
    ["\u001B[32m10\u001B[39m", "x"],
    ["200", "y"],
  ]);
  expect(lines).toEqual(["  a   b", " \u001B[32m10\u001B[39m   x", "200   y"]);
});

test("wraps a sentence between words, and never cuts one", () => {
  expect(wrapped("one two three four", 9)).toEqual(["one two", "  three", "  four"]);
  expect(wrapped("unbreakable", 5)).toEqual(["unbreakable"]);
});

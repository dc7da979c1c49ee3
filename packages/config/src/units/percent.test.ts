import { expect, test } from "vitest";
import { parsePercent } from "./percent.ts";

test.each([
  ["20%", 0.2],
  ["0%", 0],
  ["0.5%", 0.005],
  ["150%", 1.5],
])("reads %s as the share %d", (text, expected) => {
  expect(parsePercent(text)).toEqual({ ok: true, value: expected });
});

test.each([
  ["0.2", "0.2 has no % sign; write a percentage like 20%"],
  ["-1%", '"-1%" is not a percentage; write it like 20%'],
  ["20 %", '"20 %" is not a percentage; write it like 20%'],
])("refuses %j", (text, message) => {
  expect(parsePercent(text)).toEqual({ ok: false, message, suggestion: null });
});

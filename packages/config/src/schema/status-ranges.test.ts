import { expect, test } from "vitest";
import { parseStatusRange } from "./status-ranges.ts";

test.each([
  ["200-399", { from: 200, to: 399 }],
  ["204", { from: 204, to: 204 }],
  [204, { from: 204, to: 204 }],
])("reads %s", (value, expected) => {
  expect(parseStatusRange(value)).toEqual({ ok: true, value: expected });
});

test.each([
  ["2xx", '"2xx" is not a status; write it like 200 or 200-399', null],
  [20, "20 is not a status; write it like 200 or 200-399", null],
  ["200,204", '"200,204" is not a status; write it like 200 or 200-399', null],
  ["200-600", "a status goes from 100 to 599", null],
  ["099", "a status goes from 100 to 599", null],
  ["399-200", "399-200 runs backwards", "200-399"],
])("refuses %s", (value, message, suggestion) => {
  expect(parseStatusRange(value)).toEqual({ ok: false, message, suggestion });
});

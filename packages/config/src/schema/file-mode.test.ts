import { expect, test } from "vitest";
import { parseFileMode } from "./file-mode.ts";

test.each([
  ["0660", 0o660],
  ["660", 0o660],
  ["0000", 0],
  ["777", 0o777],
])("reads %s", (text, value) => {
  expect(parseFileMode(text)).toEqual({ ok: true, value });
});

test.each(["", "66", "06600", "1777", "0o660", "0680", "rw-rw----", "-660"])(
  "refuses %j",
  (text) => {
    const message = `${JSON.stringify(text)} is not a mode of three octal digits, such as "0660"`;
    expect(parseFileMode(text)).toEqual({ ok: false, message, suggestion: null });
  },
);

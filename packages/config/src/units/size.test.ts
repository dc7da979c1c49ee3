import { expect, test } from "vitest";
import { parseSize } from "./size.ts";

test.each([
  ["0B", 0],
  ["8000B", 8000],
  ["64KiB", 65_536],
  ["1.5KiB", 1536],
  ["1MiB", 1_048_576],
  ["1GiB", 1_073_741_824],
  ["10kB", 10_000],
  ["10KB", 10_000],
  ["10MB", 10_000_000],
  ["1GB", 1_000_000_000],
])("reads %s as %d bytes", (text, expected) => {
  expect(parseSize(text)).toEqual({ ok: true, value: expected });
});

test.each([
  ["64", "64 has no unit; add one of B, KiB, MiB, GiB, kB, MB or GB", "64B"],
  ["64kib", '"kib" is not a unit of size; use B, KiB, MiB, GiB, kB, MB or GB', "64KiB"],
  ["64k", '"k" is not a unit of size; use B, KiB, MiB, GiB, kB, MB or GB', null],
  ["-1B", '"-1B" is not a size; write it like 64KiB, 10MB or 8000B', null],
  ["", '"" is not a size; write it like 64KiB, 10MB or 8000B', null],
  ["0.5B", "0.5B is not a whole number of bytes", null],
  ["99999999999GB", "99999999999GB is not a whole number of bytes", null],
])("refuses %j", (text, message, suggestion) => {
  expect(parseSize(text)).toEqual({ ok: false, message, suggestion });
});

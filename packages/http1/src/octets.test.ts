import { expect, test } from "vitest";
import { hexValue, lineBreaker, nameOctet, targetOctet } from "./octets.ts";

function codesWhere(table: Uint8Array, holds: (value: number) => boolean): string {
  return Array.from({ length: 256 }, (_, code) => code)
    .filter((code) => holds(table[code] ?? -1))
    .map((code) => String.fromCharCode(code))
    .join("");
}

test("the tables hold exactly the octets of their grammar", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  expect(codesWhere(nameOctet, (value) => value === 1)).toBe(
    `-0123456789${letters}${letters.toLowerCase()}`,
  );
  expect(codesWhere(nameOctet, (value) => value === 2)).toBe("!#$%&'*+.^_`|~");
  expect(codesWhere(hexValue, (value) => value !== 255)).toBe("0123456789ABCDEFabcdef");
  expect(codesWhere(targetOctet, (value) => value === 0)).toHaveLength(256 - 94);
  expect([0x20, 0x21, 0x7e, 0x7f, 0x80].map((code) => targetOctet[code])).toEqual([0, 1, 1, 0, 0]);
});

test("a line holds no control byte but HTAB", () => {
  const controls = codesWhere(lineBreaker, (value) => value !== 0);
  expect(controls).toHaveLength(32);
  expect([controls.includes("\t"), controls.includes("\x7f")]).toEqual([false, true]);
});

import { expect, test } from "vitest";
import { FieldId, fieldIdOf, fieldIdOfText } from "./field-names.ts";

function idOf(name: string): FieldId {
  const bytes = Buffer.from(`xx${name}: y`, "latin1");
  return fieldIdOf(bytes, 2, 2 + name.length);
}

test.each([
  ["Host", FieldId.host],
  ["content-length", FieldId.contentLength],
  ["TRANSFER-ENCODING", FieldId.transferEncoding],
  ["Connection", FieldId.connection],
  ["tE", FieldId.te],
  ["Trailer", FieldId.trailer],
  ["Keep-alive", FieldId.hopByHop],
  ["Upgrade", FieldId.upgrade],
  ["Expect", FieldId.expect],
  ["X-Forwarded-For", FieldId.forwardedFor],
  ["X-Forwarded-Anything", FieldId.forwardedOther],
  ["X-Forwarded-", FieldId.other],
  ["Cookie", FieldId.protectedField],
  ["Idempotency-Key", FieldId.idempotencyKey],
  ["Hos", FieldId.other],
  ["Hostt", FieldId.other],
  ["Content-Lengtn", FieldId.other],
])("%s is recognised from bytes and from text alike", (name, id) => {
  expect(idOf(name)).toBe(id);
  expect(fieldIdOfText(name.toLowerCase())).toBe(id);
});

test("a name is recognised in any mix of cases", () => {
  const name = "transfer-encoding";
  for (let bits = 0; bits < 256; bits++) {
    const mixed = name
      .split("")
      .map((letter, index) => ((bits >> (index % 8)) & 1 ? letter.toUpperCase() : letter))
      .join("");
    expect(idOf(mixed)).toBe(FieldId.transferEncoding);
  }
});

test("no single other byte in a name is taken for the right one", () => {
  const name = "content-length";
  for (let at = 0; at < name.length; at++) {
    for (let octet = 0x21; octet < 0x7f; octet++) {
      const letter = String.fromCharCode(octet);
      if (letter.toLowerCase() === name[at] || !/[A-Za-z0-9-]/.test(letter)) continue;
      expect(idOf(name.slice(0, at) + letter + name.slice(at + 1))).toBe(FieldId.other);
    }
  }
});

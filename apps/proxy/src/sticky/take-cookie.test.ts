import * as fc from "fast-check";
import { RequestParser, defaultHeadLimits } from "@evenkeel/http1";
import { expect, test } from "vitest";
import { type TakenCookie, findCookie } from "./take-cookie.ts";

function found(...lines: readonly string[]): TakenCookie | null {
  const fields = lines.map((line) => `Cookie: ${line}`);
  const limits = { ...defaultHeadLimits, headBytes: 64 * 1024 };
  const parser = new RequestParser(limits, (bytes, start, end) =>
    Buffer.from(bytes.subarray(start, end)).toString("latin1"),
  );
  const text = ["GET / HTTP/1.1", "Host: a.test", ...fields, "X: 1", "", ""].join("\r\n");
  const bytes = Buffer.from(text, "latin1");
  parser.feed(bytes, 0, bytes.length);
  expect(parser.violation).toBeNull();
  return findCookie(parser, "lb");
}

test.each([
  [["a=1"], null],
  [["alb=1; LB=2; lb"], null],
  [["a=lb=1"], null],
  [["lb=1"], { values: ["1"], rest: "" }],
  [["a=1; lb=1;b=2 ;; "], { values: ["1"], rest: "Cookie: a=1; b=2\r\n" }],
  [['lb=; lb="1"'], { values: ["", '"1"'], rest: "" }],
  [["a=1", "lb=1", "b=2"], { values: ["1"], rest: "Cookie: a=1; b=2\r\n" }],
  [["lb=1; a=\u00a0x\u00a0"], { values: ["1"], rest: "Cookie: a=\u00a0x\u00a0\r\n" }],
])("of %j it takes %j", (lines, expected) => {
  expect(found(...lines)).toEqual(expected);
});

test("whatever the text, ours is gone from the rest and nobody else's is", () => {
  const octet = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f);
  const anything = fc.array(octet, { maxLength: 40 }).map((codes) => String.fromCharCode(...codes));
  const piece = fc.oneof(anything, fc.constantFrom("lb=1", "lb=", "lb", "a=1", "lb==;", "=;", ";"));
  const line = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(";"));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), (lines) => {
      const pairs = lines
        .flatMap((text) => text.split(";"))
        .map((pair) => pair.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
        .filter((pair) => pair !== "");
      const own = pairs.filter((pair) => pair.startsWith("lb="));
      const others = pairs.filter((pair) => !pair.startsWith("lb="));
      const result = found(...lines);
      expect(result?.values ?? []).toEqual(own.slice(0, 4).map((pair) => pair.slice(3)));
      if (result === null) return;
      const kept = others.length === 0 ? "" : `Cookie: ${others.join("; ")}\r\n`;
      expect(result.rest).toBe(kept);
    }),
  );
});

test("a thousand cookies of our name are no work", () => {
  const result = found(Array.from({ length: 1_000 }, (_, index) => `lb=${index}`).join(";"));
  expect(result).toEqual({ values: ["0", "1", "2", "3"], rest: "" });
});

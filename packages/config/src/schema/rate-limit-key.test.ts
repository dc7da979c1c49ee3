import { expect, test } from "vitest";
import {
  formatRateLimitKey,
  parseRateLimitKey,
  rateLimitKeyExamples,
  rateLimitKeyPattern,
} from "./rate-limit-key.ts";

test.each(rateLimitKeyExamples)("reads %s and writes it back", (text) => {
  const parsed = parseRateLimitKey(text);
  expect(parsed.ok && formatRateLimitKey(parsed.value)).toBe(text);
  expect(text).toMatch(new RegExp(`^(${rateLimitKeyPattern})$`));
});

test("takes a field's name in any case", () => {
  expect(parseRateLimitKey("header:X-User")).toEqual({
    ok: true,
    value: { from: "header", name: "x-user" },
  });
});

test.each([
  ["client_ip", "client-ip"],
  ["headr:x-user", "header:x-user"],
  ["globl", "global"],
  ["path", null],
  ["user", null],
  ["client-ip:x", null],
])("refuses %s and says what there is", (text, suggestion) => {
  expect(parseRateLimitKey(text)).toEqual({
    ok: false,
    message: `"${text}" is no key of a limit; write ${rateLimitKeyExamples.join(", ")}`,
    suggestion,
  });
});

test.each(["header", "header:", "cookie:a b", "query:a=b"])("refuses %s", (text) => {
  expect(parseRateLimitKey(text).ok).toBe(false);
});

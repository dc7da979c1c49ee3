import { expect, test } from "vitest";
import { classifyClientError } from "./classify-client-error.ts";

test.each([
  ["ECONNREFUSED", "refused"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
  ["UND_ERR_SOCKET", "closed-early"],
  ["ENOTFOUND", "other"],
])("%s is %s", (code, kind) => {
  expect(classifyClientError(Object.assign(new Error("x"), { code }))).toBe(kind);
});

test("a parser's error is malformed, with or without a code", () => {
  for (const code of [undefined, "HPE_INVALID_CONSTANT"]) {
    const error = Object.assign(new Error("x"), { name: "HTTPParserError", code });
    expect(classifyClientError(error)).toBe("malformed");
  }
});

test("an error without a code is other", () => {
  expect(classifyClientError(new Error("x"))).toBe("other");
});

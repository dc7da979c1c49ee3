import { expect, test } from "vitest";
import { isIdempotent } from "../index.ts";

test.each(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])("%s is idempotent", (method) => {
  expect(isIdempotent(method)).toBe(true);
});

test.each(["POST", "PATCH", "CONNECT", "LOCK", "get", "", "constructor"])(
  "%j is not known to be idempotent",
  (method) => {
    expect(isIdempotent(method)).toBe(false);
  },
);

import { expect, test } from "vitest";
import { HttpDate } from "./http-date.ts";

test("writes the date in the one form that RFC 9110 allows", () => {
  expect(new HttpDate(() => 784_111_777_000).text).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
});

test("changes exactly with the second, also backwards", () => {
  let now = 0;
  const date = new HttpDate(() => now);
  const texts = [1_000, 1_999, 2_000, 999, 0, -1].map((at) => {
    now = at;
    date.advance();
    return date.text;
  });
  expect(texts).toEqual([
    "Thu, 01 Jan 1970 00:00:01 GMT",
    "Thu, 01 Jan 1970 00:00:01 GMT",
    "Thu, 01 Jan 1970 00:00:02 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Wed, 31 Dec 1969 23:59:59 GMT",
  ]);
});

import { expect, test } from "vitest";
import { parsePathPrefix, parseRequestPath, parseWholePath } from "./request-path.ts";

test("keeps a path byte for byte", () => {
  for (const path of ["/", "/health?full=1", "/a%2Fb//c"]) {
    expect(parseRequestPath(path)).toEqual({ ok: true, value: path });
  }
});

test.each(["/a b", "/a\r\nX-Injected: 1", "/a\tb", "/\0", "/ä", "/\x7f"])(
  "refuses %j, which could end the request line early or is not ASCII",
  (path) => {
    expect(parseRequestPath(path)).toEqual({
      ok: false,
      message: `${JSON.stringify(path)} holds characters that must be percent-encoded`,
      suggestion: null,
    });
  },
);

test("asks for the slash in front", () => {
  expect(parseRequestPath("health")).toEqual({
    ok: false,
    message: '"health" must begin with a slash',
    suggestion: "/health",
  });
  expect(parseRequestPath("http://x/")).toMatchObject({ suggestion: null });
  expect(parseRequestPath("")).toMatchObject({ suggestion: null });
});

test("refuses a fragment, and in a route also a query", () => {
  expect(parseRequestPath("/a#b").ok).toBe(false);
  expect(parsePathPrefix("/a?b")).toMatchObject({
    message: "a route's path must not hold a query",
  });
  expect(parseWholePath("/lb-status?x")).toMatchObject({
    message: "any query may follow the path; leave it out",
  });
  expect(parseWholePath("/lb-status")).toEqual({ ok: true, value: "/lb-status" });
  expect(parsePathPrefix("/v1/")).toEqual({ ok: true, value: "/v1/" });
});

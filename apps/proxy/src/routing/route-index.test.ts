import type { RouteConfig } from "@evenkeel/config";
import { describe, expect, test } from "vitest";
import { type AskedRequest, parsedRequest } from "../../test/support/routed-request.ts";
import { configOf } from "../../test/support/run-proxy.ts";
import { RouteIndex } from "./route-index.ts";

/** Routes in the words of the file, to one pool. */
function routesOf(...routes: readonly object[]): readonly RouteConfig[] {
  const top = { routes: routes.map((route) => ({ pool: "web", ...route })) };
  return configOf({ backends: ["http://127.0.0.1:1"], top }).routes;
}

interface Asked extends AskedRequest {
  readonly isPeerTrusted?: boolean;
}

/** The place of the route that decides, or -1. */
function decides(routes: readonly object[], { isPeerTrusted = false, ...asked }: Asked): number {
  return new RouteIndex(routesOf(...routes)).match(parsedRequest(asked), isPeerTrusted);
}

describe("a path prefix", () => {
  test.each([
    ["/v1", "/v1", true],
    ["/v1", "/v1/", true],
    ["/v1", "/v1/x", true],
    ["/v1", "/v1/x/y/z", true],
    ["/v1", "/v1?q", true],
    ["/v1", "/v1?/x", true],
    ["/v1", "/v1//x", true],
    ["/v1", "/v10", false],
    ["/v1", "/v1%2Fx", false],
    ["/v1", "/v1;x", false],
    ["/v1", "/V1", false],
    ["/v1", "/", false],
    ["/v1", "/x/v1", false],
    ["/v1", "//v1", false],
    ["/v1", "/x?/v1/", false],
    ["/v1/", "/v1/x", true],
    ["/v1/", "/v1/", true],
    ["/v1/", "/v1", false],
    ["/v1/x", "/v1", false],
    ["/v1//x", "/v1//x/y", true],
    ["/v1//x", "/v1/x", false],
    ["//", "//", true],
    ["//", "//x", true],
    ["//", "/", false],
    ["/", "/anything", true],
    ["/", "/", true],
    ["/", "/?q", true],
    ["/a%2Fb", "/a%2Fb/c", true],
    ["/a%2Fb", "/a%2fb/c", false],
    ["/a%2Fb", "/a/b", false],
  ])("%s against %s: %s", (path, target, matches) => {
    expect(decides([{ path }], { target })).toBe(matches ? 0 : -1);
  });

  test("is not in a target that is no path", () => {
    const asked = { method: "OPTIONS", target: "*" };
    expect(decides([{ path: "/" }, { path: { regex: "." } }], asked)).toBe(-1);
    expect(decides([{ path: "/" }, {}], asked)).toBe(1);
  });
});

test.each([
  ["/v1", "/v1", true],
  ["/v1", "/v1?q", true],
  ["/v1", "/v1/", false],
  ["/v1", "/v1/x", false],
  ["/v1/", "/v1", false],
])("exactly %s against %s: %s", (exact, target, matches) => {
  expect(decides([{ path: { exact } }], { target })).toBe(matches ? 0 : -1);
});

test.each([
  ["^/v[0-9]+/", "/v12/x", true],
  ["^/v[0-9]+/", "/v/x", false],
  ["^/v[0-9]+$", "/v1?x", true],
  ["x", "/a?x", false],
])("the pattern %s against %s: %s", (regex, target, matches) => {
  expect(decides([{ path: { regex } }], { target })).toBe(matches ? 0 : -1);
});

describe("a host", () => {
  test.each([
    ["a.test", "a.test", true],
    ["a.test", "A.Test", true],
    ["a.test", "a.test:8080", true],
    ["a.test", "a.test.", true],
    ["a.test", "b.a.test", false],
    ["a.test", "a.test.evil", false],
    ["a.test", "a.tes", false],
    ["[::1]", "[::1]:8080", true],
    ["127.0.0.1", "127.0.0.1:80", true],
    ["a.test", null, false],
    ["*.a.test", "b.a.test", true],
    ["*.a.test", "B.A.TEST.:80", true],
    ["*.a.test", "c.b.a.test", true],
    ["*.a.test", "a.test", false],
    ["*.a.test", "xa.test", false],
    ["*.a.test", "b.a.test.evil", false],
    ["*.a.test", null, false],
    ["*.test", "c.b.a.test", true],
  ])("%s against %s: %s", (host, asked, matches) => {
    expect(decides([{ host }], { host: asked })).toBe(matches ? 0 : -1);
  });

  test("that is not asked for matches every one, and none", () => {
    expect(decides([{}], { host: "a.test" })).toBe(0);
    expect(decides([{}], { host: null })).toBe(0);
  });

  test("with thousands of labels is looked at as far as any wildcard goes", () => {
    expect(decides([{ host: "*.a.test" }], { host: `${"a.".repeat(7_000)}a.test` })).toBe(0);
    expect(decides([{ host: "*.a.test" }], { host: `${"a.".repeat(7_000)}b.test` })).toBe(-1);
  });
});

describe("conditions", () => {
  test.each([
    [{ methods: ["GET", "PUT"] }, { method: "PUT" }, true],
    [{ methods: ["GET"] }, { method: "HEAD" }, false],
    [{ methods: ["GET"] }, { method: "get" }, false],
    [{ headers: { "X-User": "ann" } }, { fields: ["x-user: ann"] }, true],
    [{ headers: { "x-user": "ann" } }, { fields: ["X-User:  ann "] }, true],
    [{ headers: { "x-user": "ann" } }, { fields: ["x-user: Ann"] }, false],
    [{ headers: { "x-user": "ann" } }, { fields: ["x-user: ann", "x-user: bob"] }, false],
    [{ headers: { "x-user": "ann, bob" } }, { fields: ["x-user: ann", "x-user: bob"] }, true],
    [{ headers: { "x-user": "ann" } }, {}, false],
    [{ headers: { "x-user": { regex: "^a" } } }, { fields: ["x-user: ann"] }, true],
    [{ headers: { "x-user": { regex: "^a" } } }, { fields: ["x-user: bob"] }, false],
    [{ headers: { "x-user": { regex: "x*" } } }, {}, false],
    [{ headers: { "x-user": { present: true } } }, { fields: ["x-user:"] }, true],
    [{ headers: { "x-user": { present: true } } }, { fields: ["x-users: a"] }, false],
    [{ headers: { "x-user": { present: false } } }, { fields: ["x-users: a"] }, true],
    [{ headers: { "x-user": { present: false } } }, { fields: ["x-user:"] }, false],
    [{ query: { v: "2" } }, { target: "/?a=1&v=2" }, true],
    [{ query: { v: "2" } }, { target: "/?v=1&v=2" }, false],
    [{ query: { v: "2" } }, { target: "/?v=%32" }, false],
    [{ query: { v: "2" } }, { target: "/?V=2" }, false],
    [{ query: { v: "2" } }, { target: "/v=2" }, false],
    [{ query: { v: "" } }, { target: "/?v" }, true],
    [{ query: { v: { present: true } } }, { target: "/?v" }, true],
    [{ query: { v: { present: true } } }, { target: "/?v&a" }, true],
    [{ query: { v: { present: true } } }, { target: "/?vv" }, false],
    [{ query: { v: { present: false } } }, { target: "/" }, true],
    [{ query: { v: { regex: "^[12]$" } } }, { target: "/?v=2&x" }, true],
    [{ methods: ["GET"], query: { v: "2" } }, { target: "/?v=2" }, true],
    [{ methods: ["PUT"], query: { v: "2" } }, { target: "/?v=2" }, false],
  ])("%j against %j: %s", (route, asked, matches) => {
    expect(decides([route], asked)).toBe(matches ? 0 : -1);
  });

  test("on what names a client or a protocol believe trusted peers only", () => {
    for (const name of ["X-Forwarded-Proto", "X-Real-IP", "X-Request-Id", "X-Forwarded-Port"]) {
      const asked = { fields: [`${name}: https`] };
      const isSaid = { headers: { [name]: "https" } };
      const isUnsaid = { headers: { [name]: { present: false } } };
      expect(decides([isSaid, isUnsaid], { ...asked, isPeerTrusted: true })).toBe(0);
      expect(decides([isSaid, isUnsaid], asked)).toBe(1);
    }
  });
});

test.each<[string, readonly object[], Asked, number]>([
  ["an exact host before a wildcard", [{ host: "*.test" }, { host: "a.test" }], {}, 1],
  ["a wildcard before any host", [{}, { host: "*.test" }], {}, 1],
  [
    "the longer wildcard before the shorter",
    [{ host: "*.test" }, { host: "*.b.test" }],
    { host: "a.b.test" },
    1,
  ],
  ["a host before a path", [{ path: { exact: "/x" } }, { host: "a.test" }], { target: "/x" }, 1],
  [
    "an exact path before a prefix",
    [{ path: "/x" }, { path: { exact: "/x" } }],
    { target: "/x" },
    1,
  ],
  [
    "the longer prefix before the shorter",
    [{ path: "/x" }, { path: "/x/y" }],
    { target: "/x/y" },
    1,
  ],
  ["a prefix with its slash before it", [{ path: "/x" }, { path: "/x/" }], { target: "/x/y" }, 1],
  ["a prefix before a pattern", [{ path: { regex: "^/x" } }, { path: "/x" }], { target: "/x" }, 1],
  ["a pattern before any path", [{}, { path: { regex: "^/x" } }], { target: "/x" }, 1],
  [
    "the first pattern",
    [{ path: { regex: "/y" } }, { path: { regex: "^/x" } }],
    { target: "/x/y" },
    0,
  ],
  ["a path before a condition", [{ methods: ["GET"] }, { path: "/" }], {}, 1],
  ["a condition before none", [{}, { methods: ["GET"] }], {}, 1],
  [
    "more conditions before fewer",
    [{ methods: ["GET"] }, { methods: ["GET"], query: { a: "1" } }],
    { target: "/?a=1" },
    1,
  ],
  [
    "the first of as many conditions",
    [{ query: { a: "1" } }, { methods: ["GET"] }],
    { target: "/?a=1" },
    0,
  ],
  [
    "the next best path where a condition fails",
    [{ path: "/x" }, { path: "/x/y", methods: ["PUT"] }],
    { target: "/x/y" },
    0,
  ],
  [
    "the next best host where no path fits",
    [{}, { host: "*.test", path: "/x" }, { host: "a.test", path: "/y" }],
    { target: "/x" },
    1,
  ],
  ["nothing", [{ host: "b.test" }, { path: "/x" }], {}, -1],
])("decides for %s", (_, routes, asked, place) => {
  expect(decides(routes, asked)).toBe(place);
});

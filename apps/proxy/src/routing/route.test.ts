import type { RouteConfig } from "@evenkeel/config";
import { describe, expect, test } from "vitest";
import { matchRoute } from "./route.ts";

const pool = "web";
const open = { rateLimits: [], access: { allow: null, deny: [] } };
const route = (host: string | null, path: string | null): RouteConfig => ({
  host,
  path,
  pool,
  ...open,
});

describe("a path", () => {
  test.each([
    ["/v1", "/v1", true],
    ["/v1", "/v1/", true],
    ["/v1", "/v1/x", true],
    ["/v1", "/v1?q", true],
    ["/v1", "/v10", false],
    ["/v1", "/v1%2Fx", false],
    ["/v1", "/v1;x", false],
    ["/v1", "/V1", false],
    ["/v1", "/", false],
    ["/v1", "/x/v1", false],
    ["/v1", "/x?/v1/", false],
    ["/v1", "*", false],
    ["/v1/", "/v1/x", true],
    ["/v1/", "/v1/", true],
    ["/v1/", "/v1", false],
    ["/", "/anything", true],
    ["/", "/", true],
    ["/", "/?q", true],
    ["/", "*", false],
    ["/a%2Fb", "/a%2Fb/c", true],
    ["/a%2Fb", "/a%2fb/c", false],
  ])("%s against %s: %s", (path, target, matches) => {
    expect(matchRoute([route(null, path)], "a.test", target)).toBe(matches ? 0 : -1);
  });
});

describe("a host", () => {
  test.each([
    ["a.test", "a.test", true],
    ["a.test", "A.Test", true],
    ["a.test", "a.test:8080", true],
    ["a.test", "b.a.test", false],
    ["a.test", "a.test.evil", false],
    ["a.test", "a.tes", false],
    ["[::1]", "[::1]:8080", true],
    ["127.0.0.1", "127.0.0.1:80", true],
    ["a.test", null, false],
  ])("%s against %s: %s", (host, asked, matches) => {
    expect(matchRoute([route(host, null)], asked, "/")).toBe(matches ? 0 : -1);
  });

  test("that is not asked for matches every one, and none", () => {
    expect(matchRoute([route(null, null)], "a.test", "/")).toBe(0);
    expect(matchRoute([route(null, null)], null, "*")).toBe(0);
  });
});

test("the first route that matches decides", () => {
  const routes = [
    route("a.test", "/x"),
    route("b.test", null),
    route("a.test", null),
    route(null, "/x"),
  ];
  expect(matchRoute(routes, "a.test", "/x/1")).toBe(0);
  expect(matchRoute(routes, "a.test", "/y")).toBe(2);
  expect(matchRoute(routes, "b.test", "/x")).toBe(1);
  expect(matchRoute(routes, "c.test", "/x")).toBe(3);
  expect(matchRoute(routes, "c.test", "/y")).toBe(-1);
  expect(matchRoute([], "c.test", "/")).toBe(-1);
});

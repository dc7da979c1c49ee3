import { expect, test } from "vitest";
import { formatPath, valueAt } from "./config-path.ts";

test("writes paths as people read them", () => {
  expect(formatPath(["pools", "web", "backends", 0, "url"])).toBe("pools.web.backends[0].url");
  expect(formatPath([])).toBe("");
});

test("never writes two paths alike", () => {
  expect(formatPath(["a.b"])).toBe('["a.b"]');
  expect(formatPath(["a", ""])).toBe('a[""]');
  expect(formatPath(["a", "0"])).not.toBe(formatPath(["a", 0]));
});

test("does not find what only a prototype offers", () => {
  expect(valueAt({}, ["constructor"])).toBeUndefined();
  expect(valueAt({ a: [1] }, ["a", 0])).toBe(1);
  expect(valueAt({ a: [1] }, ["a", 0, "b"])).toBeUndefined();
});

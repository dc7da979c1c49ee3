import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

const keys = ["strategy", "backends", "healthCheck", "retry", "timeouts"];

test.each([
  ["strateggy", "strategy"],
  ["wieght", null],
  ["rtery", "retry"],
  ["healthcheck", "healthCheck"],
  ["backend", "backends"],
  ["x", null],
  ["", null],
])("of the keys of a pool, %j means %j", (name, expected) => {
  expect(nearestName(name, keys)).toBe(expected);
});

test("prefers the candidate with the fewest mistakes", () => {
  expect(nearestName("web2", ["web", "web1", "web22"])).toBe("web");
  expect(nearestName("timeout", ["timeouts", "timeout"])).toBe("timeout");
});

test("counts two swapped neighbours as one mistake", () => {
  expect(nearestName("wbe", ["web"])).toBe("web");
});

import { AssertionError } from "node:assert";
import { expect, test } from "vitest";
import { RunInvalid } from "../case.ts";
import { judgeTimes, type Noise, requireKept } from "./judge-times.ts";

const quiet: Noise = { stallMs: 1, invalid: [] };

function judge(measuredMs: number | null, noise: Noise = quiet, answersForMs = 0) {
  const time = { what: "its traffic ends", predicted: { ms: 150 }, measuredMs };
  return judgeTimes([time], answersForMs, noise);
}

test("a time within bound and timers is kept, and its figure shows both", () => {
  const figure = { name: "its traffic ends", value: "200 ms", bound: "≤ 200 ms" };
  expect(judge(200)).toEqual([figure]);
});

test("on a quiet machine a time beyond it is a broken promise", () => {
  expect(() => judge(204)).toThrow(AssertionError);
  expect(() => judge(204)).toThrow("its traffic ends: 204 ms, and ≤ 200 ms was the bound");
});

test("what did not happen before the fault was over is late like any other time", () => {
  expect(() => judge(null)).toThrow(AssertionError);
  expect(() => judge(null)).toThrow("it never did, and ≤ 200 ms was the bound");
  const busy = { stallMs: 500, invalid: ["the generator was saturated"] };
  expect(() => judge(null, busy)).toThrow(RunInvalid);
});

test("a backend that answers well for a while after its fault moves the bound", () => {
  expect(judge(400, quiet, 200)).toMatchObject([{ bound: "≤ 400 ms" }]);
});

test("stalls of this very run are allowed three times, and no more", () => {
  expect(judge(245, { stallMs: 15, invalid: [] })).toHaveLength(1);
  expect(() => judge(246, { stallMs: 15, invalid: [] })).toThrow(AssertionError);
});

test("a late time where the machine stood still, or the generator was late, shows nothing", () => {
  expect(() => judge(1_000, { stallMs: 100, invalid: [] })).toThrow(RunInvalid);
  expect(() => judge(1_000, { stallMs: 1, invalid: ["p99 lag 60 ms"] })).toThrow("p99 lag 60 ms");
});

test("a time without a bound is no pass", () => {
  const time = { what: "checks notice", predicted: null, measuredMs: 1 };
  expect(() => judgeTimes([time], 0, quiet)).toThrow("the configuration sets no bound");
});

test("what failed breaks a promise, unless the generator was behind its schedule", () => {
  expect(() => requireKept(["3 GETs failed"], [])).toThrow(AssertionError);
  expect(() => requireKept(["3 GETs failed"], [])).toThrow("3 GETs failed");
  expect(() => requireKept(["3 GETs failed"], ["p99 lag 800 ms"])).toThrow(RunInvalid);
  expect(() => requireKept([], ["p99 lag 800 ms"])).not.toThrow();
});

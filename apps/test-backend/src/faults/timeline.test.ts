import { expect, test } from "vitest";
import { parseTimeline } from "./timeline.ts";

test.each([
  [
    "t=10s: status 503 30% for 20s",
    { fault: "status", code: "503", probability: "30%", for: "20s", start: "10s" },
  ],
  [
    "t=10s: 30 % 503 for 20s",
    { fault: "status", code: "503", probability: "30%", for: "20s", start: "10s" },
  ],
  ["t=0s:hang", { fault: "hang", start: "0s" }],
  [
    "t=1m: latency uniform(1ms, 20ms) method=GET",
    { fault: "latency", time: "uniform(1ms,20ms)", method: "GET", start: "1m" },
  ],
  ["t=5s: slow=10 base=2ms", { fault: "slow", factor: "10", base: "2ms", start: "5s" }],
])("reads %s", (text, spec) => {
  expect(parseTimeline(text)).toEqual([spec]);
});

test("reads several, and nothing where there is nothing", () => {
  const specs = parseTimeline("t=1s: refuse for 5s; t=10s: hang;");
  expect(specs.map(({ fault, start }) => [fault, start])).toEqual([
    ["refuse", "1s"],
    ["hang", "10s"],
  ]);
  expect(parseTimeline(" ")).toEqual([]);
});

test.each([
  ["10s: hang", 'is not like "t=10s: status 503 30% for 20s'],
  ["t=1s: for 5s", "names no fault"],
  ["t=1s: hnag", "names no fault"],
  ["t=1s: hang 5", 'hang takes no value, got "5"'],
  ["t=1s: status 503 504", 'what is "504"?'],
  ["t=1s: hang for 1s for 2s", "for is given twice"],
])("refuses %s", (text, message) => {
  expect(() => parseTimeline(text)).toThrow(message);
});

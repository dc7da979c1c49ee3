import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import {
  collectHeaderOption,
  parseCountOption,
  parseDurationOption,
  parsePercentOption,
  parseWeightsOption,
} from "./option-values.ts";

test("reads counts, durations and percentages", () => {
  expect(parseCountOption("1000")).toBe(1000);
  expect(parseDurationOption("1m30s")).toBe(90_000);
  expect(parsePercentOption("2.5%")).toBe(0.025);
});

test("splits weights at the last equals sign, so that addresses can be names", () => {
  expect(parseWeightsOption("10.0.0.1:80=3, a=b=1.5")).toEqual(
    new Map([
      ["10.0.0.1:80", 3],
      ["a=b", 1.5],
    ]),
  );
});

test("collects headers in order and keeps colons in their values", () => {
  const first = collectHeaderOption("Host: a:80");
  expect(collectHeaderOption("X-Empty:", first)).toEqual([
    ["Host", "a:80"],
    ["X-Empty", ""],
  ]);
});

test.each<[string, () => unknown, RegExp]>([
  ["a negative count", () => parseCountOption("-1"), /whole number/],
  [
    "a count beyond what is counted exactly",
    () => parseCountOption("9".repeat(20)),
    /whole number/,
  ],
  ["a percentage without its sign", () => parsePercentOption("5"), /5 has no % sign/],
  ["a duration without a unit", () => parseDurationOption("10"), /10 has no unit/],
  ["a weight without a number", () => parseWeightsOption("a"), /"a" is not name=weight/],
  ["a weight without a name", () => parseWeightsOption("=1"), /"=1" is not name=weight/],
  ["a backend that is weighted twice", () => parseWeightsOption("a=1,a=2"), /"a" is named twice/],
  ["a header without a colon", () => collectHeaderOption("nonsense"), /a name and a value/],
])("refuses %s", (_name, parse, message) => {
  expect(parse).toThrow(InvalidArgumentError);
  expect(parse).toThrow(message);
});

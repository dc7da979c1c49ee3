import { expect, test } from "vitest";
import { RateCurve } from "./rate-curve.ts";
import {
  formatStage,
  parseStage,
  placeStages,
  profileHelp,
  profileNamed,
  profiles,
  stagesOfProfile,
} from "./stages.ts";

test.each([
  ["10s:100/s", { durationMs: 10_000, perSecond: 100 }],
  ["1m30s:30/m", { durationMs: 90_000, perSecond: 0.5 }],
  ["0s:1000/s", { durationMs: 0, perSecond: 1000 }],
])("reads %s, and writes what it reads again", (text, stage) => {
  expect(parseStage(text)).toEqual(stage);
  expect(parseStage(formatStage(stage))).toEqual(stage);
});

test.each([
  ["10:100/s", /10 has no unit; write 10ms, 10s/],
  ["10s", /not a time and a rate, as in 10s:100\/s/],
  ["10s:100", /not a time and a rate/],
  ["10s:100/s:5", /not a time and a rate/],
])("refuses %s", (text, message) => {
  expect(() => parseStage(text)).toThrow(message);
});

test("each stage begins where the one before ended, and one of no time is a jump", () => {
  const typed = ["10s:100/s", "0s:500/s", "5s:500/s"].map(parseStage);
  expect(placeStages(typed, 20)).toEqual([
    { fromPerSecond: 20, toPerSecond: 100, durationMs: 10_000 },
    { fromPerSecond: 500, toPerSecond: 500, durationMs: 5000 },
  ]);
});

test("every profile is stages that last as long as asked and reach the rate", () => {
  for (const profile of profiles) {
    const { startPerSecond, stages } = stagesOfProfile(profile, 50, 100_000);
    const placed = placeStages(stages, startPerSecond);
    expect(new RateCurve(placed).durationMs).toBe(100_000);
    const highest = Math.max(...placed.map(({ toPerSecond }) => toPerSecond));
    expect(highest).toBeGreaterThanOrEqual(50);
    for (const { shareText } of stages.map((stage) => ({ shareText: formatStage(stage) }))) {
      parseStage(shareText);
    }
  }
  expect(profileHelp()).toContain("--stage 15s:1000/s");
});

test("suggests the profile that was meant", () => {
  expect(() => profileNamed("spiek")).toThrow('no profile "spiek"; did you mean spike?');
  expect(() => profileNamed("zzz")).toThrow("there are smoke, stress, spike, volume, endurance");
});

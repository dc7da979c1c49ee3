import type { BreakerState, HealthChange } from "@evenkeel/core";
import { expect, test } from "vitest";
import { type EjectionCause, HealthCounts } from "./health-counts.ts";

function changeTo(breaker: BreakerState): HealthChange {
  return { breaker } as HealthChange;
}

test("an ejection counts when the breaker opens, and not again while it is open", () => {
  const counts = new HealthCounts();
  const events: readonly (readonly [BreakerState, EjectionCause | null])[] = [
    ["closed", null],
    ["open", "consecutive-failures"],
    // A panic gives an open backend traffic: a change, and no ejection.
    ["open", "consecutive-failures"],
    ["half-open", null],
    ["open", "failed-trial"],
    ["half-open", null],
    ["closed", "failed-trial"],
    ["open", "outlier"],
  ];
  for (const [breaker, cause] of events) counts.changed(changeTo(breaker), cause);
  expect(counts.ejections).toEqual({ "consecutive-failures": 1, outlier: 1, "failed-trial": 1 });
});

test("checks count by their result", () => {
  const counts = new HealthCounts();
  for (const passed of [true, false, true]) counts.checked(passed);
  expect(counts.checks).toEqual({ passed: 2, failed: 1 });
});

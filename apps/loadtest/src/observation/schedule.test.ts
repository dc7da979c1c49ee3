import { expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";
import { scheduleBreaches } from "./schedule.ts";

function measured(lagMs: number, latencyMs: number, generatorUtilization = 0.2) {
  const [lagUs, latencyUs] = [lagMs, latencyMs].map((ms) => {
    const histogram = new LatencyHistogram();
    histogram.record(ms * 1000);
    return histogram.snapshot();
  }) as [ReturnType<LatencyHistogram["snapshot"]>, ReturnType<LatencyHistogram["snapshot"]>];
  return { lagUs, latencyUs, generatorUtilization };
}

test("a lag of 5 ms is allowed, and a tenth of the median where that is more", () => {
  expect(scheduleBreaches(measured(5, 1))).toEqual([]);
  expect(scheduleBreaches(measured(5.1, 1))).toEqual([
    "the generator was behind its own schedule: p99 lag 5.1 ms, allowed 5.0 ms",
  ]);
  expect(scheduleBreaches(measured(19, 200))).toEqual([]);
});

test("an event loop that is busy nine tenths of the time is a breach", () => {
  expect(scheduleBreaches(measured(1, 1, 0.9))).toEqual([]);
  expect(scheduleBreaches(measured(1, 1, 0.951))).toEqual([
    "the generator was busy 95.1 % of the time, more than 90 % allowed",
  ]);
});

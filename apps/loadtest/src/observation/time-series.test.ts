import { expect, test } from "vitest";
import * as fc from "fast-check";
import { TimeSeries, type TimedOutcome } from "./time-series.ts";

const fine: TimedOutcome = { label: "2xx", isFailed: false, backend: "a", latencyUs: 1000 };

test("counts a request where it was due and its response where it came", () => {
  const series = new TimeSeries();
  series.offered(50);
  series.arrived(250);
  series.ended(50, { ...fine, latencyUs: 200_000 });
  const counts = series.intervals.map(({ offered, achieved, outcomes, latency }) => {
    return [offered, achieved, outcomes.get("2xx") ?? 0, latency.max];
  });
  expect(counts).toEqual([
    [1, 0, 1, 200_000],
    [0, 0, 0, 0],
    [0, 1, 0, 0],
  ]);
});

test("never holds more than 300 intervals, however long the run, and loses nothing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 48 * 3600 * 1000 }), { minLength: 1, maxLength: 50 }),
      (times) => {
        const series = new TimeSeries();
        for (const atMs of times) {
          series.offered(atMs);
          series.ended(atMs, fine);
        }
        const { intervals } = series;
        expect(intervals.length).toBeLessThanOrEqual(300);
        const sum = (of: (index: number) => number): number =>
          intervals.reduce((total, _, index) => total + of(index), 0);
        expect(sum((i) => intervals[i]?.offered ?? 0)).toBe(times.length);
        expect(sum((i) => intervals[i]?.backends.get("a") ?? 0)).toBe(times.length);
        expect(sum((i) => intervals[i]?.latency.count ?? 0)).toBe(times.length);
        const last = Math.floor(Math.max(...times) / series.intervalMs);
        expect(intervals[last]?.offered).toBeGreaterThan(0);
      },
    ),
    { seed: 1, numRuns: 30 },
  );
});

test("makes intervals longer until they hold enough requests, but keeps at least twenty", () => {
  const slow = new TimeSeries();
  for (let atMs = 0; atMs < 30_000; atMs += 50) slow.offered(atMs);
  slow.coarsen(10);
  expect(slow.intervalMs).toBe(500);
  const short = new TimeSeries();
  for (let atMs = 0; atMs < 5000; atMs += 50) short.offered(atMs);
  short.coarsen(10);
  expect(short.intervalMs).toBe(100);
});

test("goes on from a snapshot", () => {
  const series = new TimeSeries();
  series.offered(10);
  series.ended(10, fine);
  const copy = TimeSeries.from(structuredClone(series.snapshot()));
  copy.offered(20);
  expect(copy.intervals[0]).toMatchObject({ offered: 2 });
  expect(copy.intervals[0]?.latency.max).toBe(1000);
});

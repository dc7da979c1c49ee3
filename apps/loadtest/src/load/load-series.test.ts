import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SparseRecorder } from "../observation/sparse-histogram.ts";
import type { IntervalDelta } from "./load-delta.ts";
import { LoadSeries } from "./load-series.ts";

function interval(index: number, latencyUs = 100): IntervalDelta {
  const latency = new SparseRecorder();
  latency.record(latencyUs);
  return {
    index,
    offered: 3,
    achieved: 2,
    failed: 1,
    outcomes: new Map([["2xx", 2]]),
    backends: new Map([["a", 2]]),
    latencyUs: latency,
  };
}

test("a second that is said in parts is one row", () => {
  const series = new LoadSeries(4);
  for (const index of [0, 1, 1]) series.add(interval(index));
  expect(series.rows.map(({ offered }) => offered)).toEqual([3, 6]);
  expect(series.rowMs).toBe(1000);
});

test("with too many rows neighbours become one, and nothing is lost", () => {
  const series = new LoadSeries(4);
  for (let index = 0; index < 9; index++) series.add(interval(index, index));
  expect(series.rowMs).toBe(4000);
  expect(series.rows.map(({ offered }) => offered)).toEqual([12, 12, 3]);
  expect(series.rows[1]?.latencyUs).toMatchObject({ count: 4, min: 4, max: 7 });
  expect(series.rows[1]?.backends).toEqual(new Map([["a", 8]]));
});

test("a second that comes late finds its row", () => {
  const series = new LoadSeries(4);
  series.add(interval(7));
  series.add(interval(0));
  expect(series.rows.map(({ offered }) => offered)).toEqual([3, 0, 0, 3]);
});

test("however long the run, rows stay within their bound and add up", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 100 }), (seconds) => {
      const series = new LoadSeries(16);
      for (const index of seconds) series.add(interval(index));
      expect(series.rows.length).toBeLessThanOrEqual(16);
      const sum = series.rows.reduce((all, { offered }) => all + offered, 0);
      expect(sum).toBe(3 * seconds.length);
      expect(series.rowMs * 16).toBeGreaterThan(Math.max(0, ...seconds) * 1000);
    }),
  );
});

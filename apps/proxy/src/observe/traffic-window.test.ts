import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DurationTotals } from "./duration-histogram.ts";
import { TrafficCounters } from "./traffic-counters.ts";
import { TrafficWindow } from "./traffic-window.ts";

const shape = { pools: 1, backends: 2 };

/** Over all rows, unless `backends` says which of them are used. */
function windowOver(
  counters: readonly TrafficCounters[],
  backends: () => readonly number[] = () => [0, 1],
): TrafficWindow {
  return new TrafficWindow(shape, counters, () => ({ pools: [0], backends: backends() }), 0);
}

function answered(counters: TrafficCounters, slot: number, latencyMs = 1, times = 1): void {
  for (let turn = 0; turn < times; turn++) {
    counters.attemptEnded(slot, { kind: "response", status: 200, latencyMs });
  }
}

function threads(count: number): TrafficCounters[] {
  return Array.from({ length: count }, () => TrafficCounters.allocate(shape));
}

describe("the window", () => {
  test("has what all threads counted in it, and no more", () => {
    const [one, two] = threads(2) as [TrafficCounters, TrafficCounters];
    answered(one, 0, 1, 7);
    const window = windowOver([one, two]);
    answered(one, 0, 1, 2);
    answered(two, 0, 1, 3);
    answered(two, 1);
    window.advance(1_000);
    expect([0, 1].map((slot) => window.counts.attempts(slot, "2xx"))).toEqual([5, 1]);
    expect(window.counts.answers(0, "200")).toBe(5);
    expect([window.lengthMs, window.perSecond(5)]).toEqual([1_000, 5]);
  });

  test("is as long as the balancer runs, then ten seconds, and forgets what is older", () => {
    const [counters] = threads(1) as [TrafficCounters];
    const window = windowOver([counters]);
    const seen = Array.from({ length: 25 }, (_, second) => {
      if (second < 12) answered(counters, 0, 1, 10);
      window.advance((second + 1) * 1_000);
      return [window.lengthMs / 1_000, window.perSecond(window.counts.attempts(0, "2xx"))];
    });
    expect(seen[0]).toEqual([1, 10]);
    expect(seen[4]).toEqual([5, 10]);
    expect(seen[11]).toEqual([10, 10]);
    expect(seen[16]).toEqual([10, 5]);
    expect(seen[24]).toEqual([10, 0]);
  });

  test("goes by the time that passed when the control plane was held up", () => {
    const [counters] = threads(1) as [TrafficCounters];
    const window = windowOver([counters]);
    answered(counters, 0, 1, 60);
    window.advance(6_000);
    expect(window.perSecond(window.counts.attempts(0, "2xx"))).toBe(10);
    window.advance(30_000);
    expect(window.counts.attempts(0, "2xx")).toBe(0);
    expect(window.lengthMs).toBe(24_000);
  });

  test("has what was counted to the moment of the look, however soon after another one", () => {
    const [counters] = threads(1) as [TrafficCounters];
    const window = windowOver([counters]);
    for (let look = 1; look <= 300; look++) {
      answered(counters, 0);
      window.advance(look * 5);
      expect(window.counts.attempts(0, "2xx")).toBe(look);
    }
  });

  test("knows no duration when there was none, and the right ones else", () => {
    const [counters] = threads(1) as [TrafficCounters];
    const window = windowOver([counters]);
    const durations = (): DurationTotals => {
      const totals = new DurationTotals();
      window.counts.addAttemptDurationsTo(totals, 0);
      return totals;
    };
    window.advance(1_000);
    expect([durations().meanMs, durations().quantileMs(0.5)]).toEqual([null, null]);
    answered(counters, 0, 10, 9);
    answered(counters, 0, 1_000);
    window.advance(2_000);
    expect(durations().meanMs).toBeCloseTo(109, 6);
    expect(durations().quantileMs(0.5)).toBeLessThanOrEqual(10);
    expect(durations().quantileMs(0.99)).toBe(1_000);
    window.advance(15_000);
    expect([durations().meanMs, durations().quantileMs(0.99)]).toEqual([null, null]);
  });

  test("does not give a backend what the former one in its row had", () => {
    const [counters] = threads(1) as [TrafficCounters];
    const window = windowOver([counters]);
    answered(counters, 0, 1, 9);
    window.advance(1_000);
    new Float64Array(counters.buffer).fill(0);
    answered(counters, 0, 1, 2);
    window.advance(2_000);
    expect(window.counts.attempts(0, "2xx")).toBe(2);
    window.advance(20_000);
    window.advance(40_000);
    expect(window.counts.attempts(0, "2xx")).toBe(0);
  });

  test("looks at the rows in use only, and gives a row's next owner nothing of the former one", () => {
    const [counters] = threads(1) as [TrafficCounters];
    let used: readonly number[] = [0];
    const window = windowOver([counters], () => used);
    answered(counters, 0, 1, 5);
    answered(counters, 1, 1, 3);
    window.advance(1_000);
    expect([0, 1].map((slot) => window.counts.attempts(slot, "2xx"))).toEqual([5, 0]);
    used = [];
    window.advance(2_000);
    counters.clearBackend(0);
    used = [0];
    answered(counters, 0, 1, 50);
    window.advance(20_000);
    expect(window.counts.attempts(0, "2xx")).toBe(50);
  });

  test("holds exactly the attempts of its own time, whenever they came and were looked at", () => {
    const moves = fc.array(
      fc.record({
        afterMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 4_000 })),
        thread: fc.integer({ min: 0, max: 1 }),
        times: fc.integer({ min: 0, max: 5 }),
        isLook: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(moves, (all) => {
        const counters = threads(2);
        const window = windowOver(counters);
        const ended: number[] = [];
        let [now, endedAt] = [0, 0];
        for (const { afterMs, thread, times, isLook } of all) {
          now += afterMs;
          if (isLook) {
            endedAt = now;
            window.advance(now);
          }
          answered(counters[thread] as TrafficCounters, 0, 1, times);
          ended.push(...Array.from({ length: times }, () => now));
        }
        const startedAt = endedAt - window.lengthMs;
        // Counted after a look at the same moment is for the next one.
        const inside = ended.filter((at) => at >= startedAt && at < endedAt).length;
        const seen = window.counts.attempts(0, "2xx");
        expect(seen).toBeLessThanOrEqual(
          ended.filter((at) => at >= startedAt && at <= endedAt).length,
        );
        expect(seen).toBeGreaterThanOrEqual(inside - ended.filter((at) => at === startedAt).length);
      }),
    );
  });
});

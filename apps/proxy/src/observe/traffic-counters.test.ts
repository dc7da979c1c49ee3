import type { Outcome } from "@evenkeel/core";
import { describe, expect, test } from "vitest";
import { codeNames, statusClasses } from "./answer-codes.ts";
import { DurationTotals } from "./duration-histogram.ts";
import {
  type EndedRequest,
  TrafficCounters,
  outcomeNames,
  proxyErrors,
} from "./traffic-counters.ts";

const shape = { pools: 2, backends: 3 };
const ended: EndedRequest = {
  startedAt: 0,
  status: 200,
  error: null,
  attempts: 1,
  bytesIn: 0,
  bytesOut: 0,
};

/** Every number of one pool that is not 0. */
function countsOf(counters: TrafficCounters, pool: number | null): Record<string, number> {
  const durations = new DurationTotals();
  counters.addDurationsTo(durations, pool);
  const all: [string, number][] = [
    ...statusClasses.map((name): [string, number] => [name, counters.requests(pool, name)]),
    ...proxyErrors.map((name): [string, number] => [name, counters.errors(pool, name)]),
    ["bytesIn", counters.bytesIn(pool)],
    ["bytesOut", counters.bytesOut(pool)],
    ["retries", counters.retries(pool)],
    ["durations", durations.count],
  ];
  return Object.fromEntries(all.filter(([, count]) => count !== 0));
}

describe("a request", () => {
  test("counts in its own pool and nowhere else", () => {
    const counters = TrafficCounters.allocate(shape);
    counters.requestEnded(1, { ...ended, bytesIn: 5, bytesOut: 7, attempts: 3 }, 1);
    expect(countsOf(counters, 0)).toEqual({});
    expect(countsOf(counters, 1)).toEqual({
      "2xx": 1,
      bytesIn: 5,
      bytesOut: 7,
      retries: 2,
      durations: 1,
    });
    expect(countsOf(counters, null)).toEqual({});
  });

  test("counts for good, also when its pool's row is another one's", () => {
    const counters = TrafficCounters.allocate(shape);
    for (const pool of [0, 1, 1, null]) counters.requestEnded(pool, ended, 1);
    counters.clearPool(1);
    counters.requestEnded(1, ended, 1);
    counters.clearPool(1);
    expect(countsOf(counters, 1)).toEqual({});
    expect(counters.allRequests).toBe(5);
  });

  test("without a pool has a row of its own", () => {
    const counters = TrafficCounters.allocate(shape);
    const error = "destination_not_found";
    counters.requestEnded(null, { ...ended, status: 404, error, attempts: 0 }, 1);
    expect(countsOf(counters, null)).toEqual({ "4xx": 1, [error]: 1, durations: 1 });
    expect(countsOf(counters, 1)).toEqual({});
  });

  test.each(proxyErrors)("with %s counts that error and no other", (error) => {
    const counters = TrafficCounters.allocate(shape);
    counters.requestEnded(0, { ...ended, status: 502, error }, 1);
    expect(countsOf(counters, 0)).toEqual({ "5xx": 1, [error]: 1, durations: 1 });
  });

  test.each([
    [101, "1xx"],
    [200, "2xx"],
    [304, "3xx"],
    [499, "4xx"],
    [599, "5xx"],
    [0, "1xx"],
    [999, "5xx"],
  ] as const)("with status %d is of class %s", (status, name) => {
    const counters = TrafficCounters.allocate(shape);
    counters.requestEnded(0, { ...ended, status }, 1);
    expect(counters.requests(0, name)).toBe(1);
  });

  test("that became a tunnel says nothing about how long requests take", () => {
    const counters = TrafficCounters.allocate(shape);
    counters.requestEnded(0, { ...ended, status: 101 }, 3_600_000);
    expect(countsOf(counters, 0)).toEqual({ "1xx": 1 });
  });
});

test("an attempt counts at its backend, by what became of it", () => {
  const outcomes: readonly (readonly [Outcome, string])[] = [
    [{ kind: "response", status: 101, latencyMs: 1 }, "1xx"],
    [{ kind: "response", status: 204, latencyMs: 1 }, "2xx"],
    [{ kind: "response", status: 301, latencyMs: 1 }, "3xx"],
    [{ kind: "response", status: 404, latencyMs: 1 }, "4xx"],
    [{ kind: "response", status: 500, latencyMs: 1 }, "5xx"],
    [{ kind: "failure", cause: "connect", sent: false }, "connect"],
    [{ kind: "failure", cause: "reset", sent: true }, "reset"],
    [{ kind: "failure", cause: "timeout", sent: true }, "timeout"],
    [{ kind: "failure", cause: "protocol", sent: true }, "protocol"],
    [{ kind: "canceled" }, "canceled"],
  ];
  expect(outcomes.map(([, name]) => name)).toEqual(outcomeNames);
  for (const [outcome, name] of outcomes) {
    const counters = TrafficCounters.allocate(shape);
    counters.attemptEnded(1, outcome);
    const counted = [0, 1, 2].flatMap((slot) =>
      outcomeNames.filter((one) => counters.attempts(slot, one) > 0).map((one) => [slot, one]),
    );
    expect(counted).toEqual([[1, name]]);
  }
});

test("another thread's view of the buffer sees the same, to the last cell", () => {
  const counters = TrafficCounters.allocate(shape);
  const view = new TrafficCounters(counters.buffer, shape);
  counters.requestEnded(1, ended, 2);
  counters.attemptEnded(2, { kind: "canceled" });
  counters.loopDelayed(200_000);
  const delays = new DurationTotals();
  view.addDelaysTo(delays);
  expect(countsOf(view, 1)).toEqual({ "2xx": 1, durations: 1 });
  expect(view.attempts(2, "canceled")).toBe(1);
  expect([delays.count, delays.sumMs]).toEqual([1, 200_000]);
});

test("bytes go on counting exactly where 32 bits are full", () => {
  const counters = TrafficCounters.allocate(shape);
  for (let turn = 0; turn < 3; turn++) {
    counters.requestEnded(0, { ...ended, bytesOut: 2 ** 32 - 1 }, 1);
  }
  expect(counters.bytesOut(0)).toBe(3 * (2 ** 32 - 1));
});

describe("the answers of a backend", () => {
  const answered = (status: number, latencyMs = 1): Outcome => {
    return { kind: "response", status, latencyMs };
  };

  test.each([
    [200, "200"],
    [101, "101"],
    [418, "418"],
    [511, "511"],
    [299, "2xx"],
    [599, "5xx"],
    [600, "5xx"],
    [999, "5xx"],
  ])("with %d are counted as %s, in their class, and nowhere else", (status, code) => {
    const counters = TrafficCounters.allocate(shape);
    counters.attemptEnded(1, answered(status));
    const counted = codeNames.filter((name) => counters.answers(1, name) > 0);
    expect([counted, counters.answers(1, code)]).toEqual([[code], 1]);
    expect(outcomeNames.filter((name) => counters.attempts(1, name) > 0)).toEqual([
      `${code.charAt(0)}xx`,
    ]);
    for (const slot of [0, 2]) {
      expect(codeNames.some((name) => counters.answers(slot, name) > 0)).toBe(false);
    }
  });

  test("have durations, which failures, cancellations and tunnels do not", () => {
    const counters = TrafficCounters.allocate(shape);
    counters.attemptEnded(1, answered(200, 20));
    counters.attemptEnded(1, answered(500, 40));
    counters.attemptEnded(1, answered(101, 1_000));
    counters.attemptEnded(1, { kind: "failure", cause: "timeout", sent: true });
    counters.attemptEnded(1, { kind: "canceled" });
    const durations = [0, 1, 2].map((slot) => {
      const totals = new DurationTotals();
      counters.addAttemptDurationsTo(totals, slot);
      return [totals.count, totals.sumMs];
    });
    expect(durations).toEqual([
      [0, 0],
      [2, 60],
      [0, 0],
    ]);
  });
});

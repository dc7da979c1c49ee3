import { expect, test } from "vitest";
import { backend } from "../../test/backends.ts";
import { LatencyEstimates, Scoreboard } from "../index.ts";

const [a, b] = [backend(0), backend(1)];
const wrapMs = 2 ** 32;
const never = 2 ** 31 - 1;

function board(): Scoreboard {
  return Scoreboard.allocate({ workers: 2, pools: 1, backends: 2 });
}

test("at first nothing is measured and nothing was ever tried", () => {
  const latency = new LatencyEstimates(board());
  expect([latency.valueMs(a), latency.untriedMs(a, 5)]).toEqual([0, never]);
});

test("an estimate is one backend's, and every thread's", () => {
  const { buffer } = board();
  const [mine, theirs] = [0, 1].map(() => new LatencyEstimates(Scoreboard.attach(buffer)));
  mine?.store(a, 12.5, 1_000);
  expect(theirs?.valueMs(a)).toBe(12.5);
  expect([theirs?.ageMs(a, 1_250), theirs?.untriedMs(a, 1_250)]).toEqual([250, 250]);
  expect(theirs?.valueMs(b)).toBe(0);
});

test("a try leaves the estimate and its age alone", () => {
  const latency = new LatencyEstimates(board());
  latency.store(a, 7, 1_000);
  latency.tried(a, 1_400);
  expect([latency.valueMs(a), latency.ageMs(a, 1_500), latency.untriedMs(a, 1_500)]).toEqual([
    7, 500, 100,
  ]);
});

test("keeps changes far below a microsecond, and what is below one counts as one", () => {
  const latency = new LatencyEstimates(board());
  latency.store(a, 10.00001, 0);
  expect(latency.valueMs(a)).toBeCloseTo(10.00001, 6);
  latency.store(a, 0, 0);
  expect(latency.valueMs(a)).toBeCloseTo(0.001, 9);
});

test("another thread's clock that is ahead makes no age negative", () => {
  const latency = new LatencyEstimates(board());
  latency.store(a, 7, 1_000);
  expect([latency.ageMs(a, 990), latency.untriedMs(a, 990)]).toEqual([0, 0]);
});

test.each([0, 2 ** 31, wrapMs, 3 * wrapMs])(
  "ages go on over a wrap of the cell at %d",
  (moment) => {
    const latency = new LatencyEstimates(board());
    latency.store(a, 7, moment - 5);
    expect([latency.ageMs(a, moment + 95), latency.untriedMs(a, moment + 95)]).toEqual([100, 100]);
  },
);

test("what is older than an age can say is as old as one can say", () => {
  const day = 24 * 3_600_000;
  const latency = new LatencyEstimates(board());
  latency.store(a, 7, 3_000);
  expect([24, 30].map((days) => latency.ageMs(a, days * day + 3_000))).toEqual([24 * day, never]);
});

test("a try at the moment that stands for never is a try", () => {
  const latency = new LatencyEstimates(board());
  latency.tried(a, 0);
  expect(latency.untriedMs(a, 100)).toBe(99);
});

test("a slot's next backend inherits neither estimate nor try", () => {
  const scoreboard = board();
  const latency = new LatencyEstimates(scoreboard);
  latency.store(a, 7, 3_000);
  scoreboard.clearLatency(0);
  expect([latency.valueMs(a), latency.untriedMs(a, 3_000)]).toEqual([0, never]);
});

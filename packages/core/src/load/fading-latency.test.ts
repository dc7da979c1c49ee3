import { expect, test } from "vitest";
import { backend } from "../../test/backends.ts";
import { freshLatency } from "../../test/strategies.ts";
import type { LatencyEstimates } from "../index.ts";
import { FadingLatency } from "./fading-latency.ts";

const a = backend(0);
const decayMs = 10_000;

function measured(valueMs: number, at: number): { load: FadingLatency; latency: LatencyEstimates } {
  const latency = freshLatency();
  latency.store(a, valueMs, at);
  return { latency, load: new FadingLatency(latency, decayMs, 30) };
}

// e^-1 = 0.3678794, e^-2 = 0.1353353, e^-0.1 = 0.9048374
test("an estimate fades to 37 % in one decay and to 14 % in two", () => {
  const { load } = measured(100, 1_000);
  const values = [1_000, 2_000, 11_000, 21_000].map((now) => load.valueMs(a, now));
  [100, 90.48374, 36.78794, 13.53353].forEach((value, index) =>
    expect(values[index]).toBeCloseTo(value, 4),
  );
});

test("reading changes nothing", () => {
  const { load, latency } = measured(100, 1_000);
  for (const now of [5_000, 9_000, 11_000]) {
    load.valueMs(a, now);
    load.valuesMs([a], now, new Float64Array(1));
    load.averageMs(a, 7, now);
    load.peakMs(a, 7, now);
  }
  expect([latency.valueMs(a), latency.ageMs(a, 11_000), latency.untriedMs(a, 11_000)]).toEqual([
    100, 10_000, 10_000,
  ]);
});

test("a try lets the old estimate hold once more, whole", () => {
  const { load, latency } = measured(100, 0);
  latency.tried(a, 20_000);
  expect(load.valueMs(a, 20_000)).toBe(100);
  expect(load.valueMs(a, 30_000)).toBeCloseTo(36.78794, 4);
});

test("never tried is 0, tried and not measured is what is assumed", () => {
  const latency = freshLatency();
  const load = new FadingLatency(latency, decayMs, 30);
  expect(load.valueMs(a, 500)).toBe(0);
  latency.tried(a, 1_000);
  expect(load.valueMs(a, 1_000)).toBe(30);
});

test("a mean weighs its sample by the time since the last one", () => {
  const { load } = measured(100, 0);
  // 20 + 80 e^-1, 20 + 80 e^-0.1, and nothing at the same moment
  expect(load.averageMs(a, 20, 10_000)).toBeCloseTo(49.43036, 4);
  expect(load.averageMs(a, 20, 1_000)).toBeCloseTo(92.38699, 4);
  expect(load.averageMs(a, 20, 0)).toBe(100);
});

test("a try does not make the next sample weigh less", () => {
  const { load, latency } = measured(100, 0);
  latency.tried(a, 9_999);
  expect(load.averageMs(a, 20, 10_000)).toBeCloseTo(49.43036, 4);
});

test("the first sample is the mean", () => {
  const load = new FadingLatency(freshLatency(), decayMs, 30);
  expect([load.averageMs(a, 7, 0), load.peakMs(a, 7, 0)]).toEqual([7, 7]);
});

test("a peak replaces the estimate; a lower sample only moves it", () => {
  const { load } = measured(10, 1_000);
  expect(load.peakMs(a, 11, 1_001)).toBe(11);
  // linkerd's own case: 10 e^-2.5 = 0.82 is below 1.
  expect(load.peakMs(a, 1, 26_000)).toBe(1);
  // 1 + 9 e^-0.1
  expect(load.peakMs(a, 1, 2_000)).toBeCloseTo(9.143537, 5);
});

test("small differences add up, to 1 in 2,000, however often samples come", () => {
  const { load, latency } = measured(10, 0);
  for (let now = 1; now <= 100_000; now++) latency.store(a, load.averageMs(a, 9.9, now), now);
  expect(Math.abs(latency.valueMs(a) - 9.9)).toBeLessThan(10 / 2_000);
});

test("a scan reads the same values, each into its place", () => {
  const { load, latency } = measured(100, 1_000);
  latency.tried(backend(2), 6_000);
  const values = new Float64Array(4).fill(7);
  load.valuesMs([backend(2), a, backend(1)], 11_000, values);
  const each = [backend(2), a, backend(1)].map((one) => load.valueMs(one, 11_000));
  expect([...values]).toEqual([...each, 7]);
  // 30 e^-0.5 for the one that was only tried, 100 e^-1, and 0 for the one never tried.
  expect(values[0]).toBeCloseTo(18.19592, 4);
  expect(values[1]).toBeCloseTo(36.78794, 4);
  expect(values[2]).toBe(0);
});

test("a decay of 0 forgets within milliseconds and divides by nothing", () => {
  const latency = freshLatency();
  const load = new FadingLatency(latency, 0, 30);
  latency.store(a, 100, 5);
  expect([load.valueMs(a, 5), load.averageMs(a, 20, 5)]).toEqual([100, 100]);
  expect(load.valueMs(a, 100)).toBeLessThan(1e-30);
});

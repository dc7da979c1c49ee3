import { describe, expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { scripted } from "../../test/scripted.ts";
import { firstAttempt, freshLatency, picks, seeded, strategyOf } from "../../test/strategies.ts";
import { sendThrough } from "../../test/virtual-pool.ts";
import type { Backend, LatencyEstimates, Strategy } from "../index.ts";

const [a, b] = [backend(0), backend(1)];

/** `latencies` in milliseconds by slot, measured at `now` 1,000; nothing in flight unless said. */
function pairOf(
  latencies: readonly number[],
  inFlight: readonly number[] = [],
): { strategy: Strategy; latency: LatencyEstimates } {
  const latency = freshLatency();
  latencies.forEach((valueMs, slot) => latency.store(backend(slot), valueMs, 1_000));
  const strategy = strategyOf("peak-ewma", {
    latency,
    inFlight: ({ slot }) => inFlight[slot] ?? 0,
    random: seeded(1),
  });
  return { strategy, latency };
}

function pickAt(strategy: Strategy, now: number, ready: readonly Backend[] = [a, b]): string {
  return picks(strategy, ready, 1, { ...firstAttempt, now })[0] ?? "";
}

describe("a pick", () => {
  test.each([
    { latencies: [10, 21], inFlight: [1, 0], picked: "b0" }, // 10 * 2 < 21 * 1
    { latencies: [10, 19], inFlight: [1, 0], picked: "b1" },
    { latencies: [10, 10], inFlight: [4, 3], picked: "b1" },
    { latencies: [100, 10], inFlight: [0, 8], picked: "b1" }, // 100 > 90
    { latencies: [100, 10], inFlight: [0, 10], picked: "b0" }, // 100 < 110
  ])("goes to the less latency * (in flight + 1): %o", ({ latencies, inFlight, picked }) => {
    expect(pickAt(pairOf(latencies, inFlight).strategy, 1_000)).toBe(picked);
  });

  test("divides by the weight", () => {
    const { strategy } = pairOf([30, 10]);
    expect(pickAt(strategy, 1_000, [backend(0, { weight: 4 }), b])).toBe("b0");
    expect(pickAt(strategy, 1_000, [backend(0, { weight: 2 }), b])).toBe("b1");
  });

  test("compares two distinct backends and looks at no other", () => {
    const latency = freshLatency();
    for (const one of backends(4)) latency.store(one, one.slot === 3 ? 1 : 10 - one.slot, 1_000);
    // First draw: index 1 of 4. Second: 1 of the other three, which is index 2.
    const strategy = strategyOf("peak-ewma", { latency, random: scripted(0.25, 0.34) });
    expect(pickAt(strategy, 1_000, backends(4))).toBe("b2");
  });

  test("a tie goes to either with the same chance", () => {
    const { strategy } = pairOf([10, 10]);
    const ids = Array.from({ length: 20_000 }, () => pickAt(strategy, 1_000));
    const count = ids.filter((id) => id === "b0").length;
    expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(20_000 / 4));
  });
});

describe("an estimate", () => {
  const { strategy, latency } = pairOf([]);

  test("rises at once, falls by time and fades on the way, as calculated by hand", () => {
    strategy.observe?.(a, "answered", 40, 1_000);
    expect(latency.valueMs(a)).toBe(40);
    strategy.observe?.(a, "answered", 100, 1_001);
    expect(latency.valueMs(a)).toBe(100);
    // 20 + 80 e^-1
    strategy.observe?.(a, "answered", 20, 11_001);
    expect(latency.valueMs(a)).toBeCloseTo(49.43036, 4);
    // 20 + 29.43036 e^-0.5
    strategy.observe?.(a, "answered", 20, 16_001);
    expect(latency.valueMs(a)).toBeCloseTo(37.85041, 4);
  });

  test("of a failure is the penalty, however fast it came, or its time if that was longer", () => {
    strategy.observe?.(b, "answered", 10, 1_000);
    strategy.observe?.(b, "failed", 1, 1_100);
    expect(latency.valueMs(b)).toBe(5_000);
    strategy.observe?.(b, "failed", 30_000, 1_200);
    expect(latency.valueMs(b)).toBe(30_000);
    strategy.observe?.(b, "failed", 1, 1_200);
    expect(latency.valueMs(b)).toBe(30_000);
  });

  test("of a canceled attempt counts only if it is larger", () => {
    const { strategy, latency } = pairOf([50]);
    strategy.observe?.(a, "canceled", 49, 1_000);
    expect([latency.valueMs(a), latency.ageMs(a, 1_000)]).toEqual([50, 0]);
    strategy.observe?.(a, "canceled", 80, 1_000);
    expect(latency.valueMs(a)).toBe(80);
  });

  test("before any answer is the default once tried, which a shorter cancel leaves as it is", () => {
    const { strategy, latency } = pairOf([]);
    latency.tried(a, 1_000);
    strategy.observe?.(a, "canceled", 29, 1_000);
    expect(latency.valueMs(a)).toBe(0);
    strategy.observe?.(a, "canceled", 31, 1_000);
    expect(latency.valueMs(a)).toBe(31);
  });
});

describe("cold", () => {
  test("the first request is free, then the default of 30 ms counts until an answer", () => {
    const { strategy } = pairOf([20]);
    expect([1_000, 1_000, 1_001].map((now) => pickAt(strategy, now))).toEqual(["b1", "b0", "b0"]);
    const slower = pairOf([40]).strategy;
    expect([1_000, 1_000].map((now) => pickAt(slower, now))).toEqual(["b1", "b1"]);
  });

  test("of two, requests at once take turns: none is sent more than one more", () => {
    const counts = [0, 0];
    const strategy = strategyOf("peak-ewma", {
      inFlight: ({ slot }) => counts[slot] ?? 0,
      random: seeded(2),
    });
    for (let request = 0; request < 40; request++) {
      const slot = Number(pickAt(strategy, 1_000).slice(1));
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(counts).toEqual([20, 20]);
  });

  test("after an idle hour one request tries each, and the first answer is awaited", () => {
    const hour = 3_600_000;
    const { strategy, latency } = pairOf([10, 2_000]);
    latency.tried(a, hour);
    const ids = Array.from({ length: 30 }, () => pickAt(strategy, hour));
    expect(ids.filter((id) => id === "b1")).toHaveLength(1);
  });
});

describe("in a pool of 5 at 100 requests a second", () => {
  const pool = { strategy: "peak-ewma", everyMs: 10 } as const;

  test.each([1, 2, 3])("a backend that fails in 1 ms gets under 1 in 1,000 (seed %d)", (seed) => {
    const sent = sendThrough({
      ...pool,
      seed,
      untilMs: 120_000,
      answer: (slot) => (slot === 2 ? { afterMs: 1, status: 500 } : { afterMs: 20, status: 200 }),
    });
    const failed = sent.filter(({ slot }) => slot === 2).length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(sent.length / 1_000);
  });

  test.each([1, 2, 3])(
    "one that was slow for a while is found to be fast again (seed %d)",
    (seed) => {
      const sent = sendThrough({
        ...pool,
        seed,
        untilMs: 120_000,
        answer: (slot, now) => ({ afterMs: slot === 2 && now < 20_000 ? 2_000 : 20, status: 200 }),
      });
      const again = sent.find(({ slot, at }) => slot === 2 && at >= 20_000);
      // 2,000 ms fade to 20 in 10 s * ln 100 = 46 s; then a pair must draw it: 2 in 5 each 10 ms.
      expect(again?.at).toBeLessThan(20_000 + 47_000);
      const last = sent.filter(({ at }) => at >= 110_000);
      expect(last.filter(({ slot }) => slot === 2).length).toBeGreaterThan(last.length / 10);
    },
  );
});

test("a retry is picked by the same comparison from what is left", () => {
  const { strategy } = pairOf([1, 30, 20]);
  const context = { ...firstAttempt, now: 1_000, isRetry: true };
  expect(picks(strategy, backends(2, 1), 20, context)).toEqual(Array(20).fill("b2"));
});

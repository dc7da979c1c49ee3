import { describe, expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { noRandom } from "../../test/scripted.ts";
import { firstAttempt, freshLatency, picks, seeded, strategyOf } from "../../test/strategies.ts";
import { sendThrough } from "../../test/virtual-pool.ts";
import type { Backend, LatencyEstimates, OptionValue, Random, Strategy } from "../index.ts";

interface Setup {
  /** By slot. */
  readonly inFlight?: readonly number[];
  /** By slot: the latency per request in flight, in milliseconds, measured at `now` 1,000. */
  readonly pace?: readonly number[];
  readonly options?: Readonly<Record<string, OptionValue>>;
  readonly random?: Random;
}

function prequalOf(setup: Setup): { strategy: Strategy; latency: LatencyEstimates } {
  const { inFlight = [], pace = [], options = {}, random = noRandom } = setup;
  const latency = freshLatency();
  pace.forEach((valueMs, slot) => latency.store(backend(slot), valueMs, 1_000));
  const strategy = strategyOf("prequal", {
    latency,
    inFlight: ({ slot }) => inFlight[slot] ?? 0,
    options,
    random,
  });
  return { strategy, latency };
}

function pickAt(strategy: Strategy, now: number, ready: readonly Backend[]): string {
  return picks(strategy, ready, 1, { ...firstAttempt, now })[0] ?? "";
}

/** With all backends in the sample, the first pick judges by the loads of just these. */
function pickOf(setup: Setup, count: number): string {
  return pickAt(
    prequalOf({ pace: Array<number>(count).fill(10), ...setup }).strategy,
    1_000,
    backends(count),
  );
}

describe("the hot-cold rule", () => {
  // Loads are in flight + 1, sorted 1 2 4 6 9; expected are 20, 90, 18, 9 and 66 ms.
  const inFlight = [3, 0, 1, 8, 5];
  const pace = [5, 90, 9, 1, 11];

  test.each([
    { rifQuantile: 0, picked: "b1" }, // Hot above 1: only the idle one is cold.
    { rifQuantile: 0.25, picked: "b2" }, // Above 2: 9 * 2 beats 90 * 1.
    { rifQuantile: 0.5, picked: "b2" }, // Above 4: 5 * 4 does not beat 9 * 2.
    { rifQuantile: 0.75, picked: "b2" }, // Above 6: neither does 11 * 6.
    { rifQuantile: 1, picked: "b3" }, // None is hot: 1 * 9.
  ])("of the cold ones the fastest wins: $rifQuantile gives $picked", ({ rifQuantile, picked }) => {
    expect(pickOf({ inFlight, pace, options: { rifQuantile } }, 5)).toBe(picked);
  });

  test("when all are hot the least loaded wins, however slow", () => {
    const counts = [0, 0, 0];
    const { strategy } = prequalOf({ inFlight: counts, pace: [1, 1, 900], random: seeded(1) });
    const ready = backends(3);
    // Loads of 1 were seen lately, so that the threshold is 1 and these are all above it.
    picks(strategy, ready, 5, { ...firstAttempt, now: 1_000 });
    counts.splice(0, 3, 7, 6, 5);
    expect(pickAt(strategy, 1_000, ready)).toBe("b2");
  });

  test("with the same load the faster wins, hot or cold", () => {
    expect(pickOf({ inFlight: [2, 2, 2], pace: [30, 10, 20] }, 3)).toBe("b1");
    const counts = [0, 0];
    const { strategy } = prequalOf({ inFlight: counts, pace: [30, 10], random: seeded(1) });
    pickAt(strategy, 1_000, backends(2));
    counts.splice(0, 2, 4, 4);
    expect(pickAt(strategy, 1_000, backends(2))).toBe("b1");
  });

  test("a complete tie goes to each with the same chance", () => {
    const setup = { inFlight: [1, 1, 1], pace: [10, 10, 10], random: seeded(6) };
    const { strategy } = prequalOf(setup);
    const ids = picks(strategy, backends(3), 30_000, { ...firstAttempt, now: 1_000 });
    for (const id of ["b0", "b1", "b2"]) {
      const count = ids.filter((other) => other === id).length;
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(30_000 * (1 / 3) * (2 / 3)));
    }
  });

  test("loads count by weight", () => {
    const { strategy } = prequalOf({ inFlight: [5, 2], pace: [10, 10] });
    // 6 / 4 is less than 3 / 1, and 10 * 6 more than 10 * 3: the load decides.
    expect(pickAt(strategy, 1_000, [backend(0, { weight: 4 }), backend(1)])).toBe("b0");
  });

  test("expected latency does not: a request waits for those in flight, whatever the weight", () => {
    const options = { rifQuantile: 1 };
    const { strategy } = prequalOf({ inFlight: [5, 2], pace: [10, 15], options });
    // 10 * 6 is more than 15 * 3, though the load of b0 is 6 / 4.
    expect(pickAt(strategy, 1_000, [backend(0, { weight: 4 }), backend(1)])).toBe("b1");
  });
});

describe("a sample", () => {
  test("of 2 out of 4 looks at two distinct backends, each as often as the others", () => {
    const seen = new Map<string, number>();
    let pair: number[] = [];
    const strategy = strategyOf("prequal", {
      inFlight: ({ slot }) => pair.push(slot),
      options: { samples: 2 },
      random: seeded(8),
    });
    for (let pick = 0; pick < 12_000; pick++) {
      pair = [];
      pickAt(strategy, 1_000, backends(4));
      const key = pair.toSorted((one, other) => one - other).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted((one, other) => one.localeCompare(other))).toEqual([
      "0,1",
      "0,2",
      "0,3",
      "1,2",
      "1,3",
      "2,3",
    ]);
    for (const count of seen.values()) {
      expect(Math.abs(count - 2_000)).toBeLessThan(5 * Math.sqrt(12_000 * (1 / 6) * (5 / 6)));
    }
  });

  test("of a retry is drawn from what is left", () => {
    const { strategy } = prequalOf({ inFlight: [0, 4, 2], pace: [1, 1, 1] });
    const context = { ...firstAttempt, now: 1_000, isRetry: true };
    expect(picks(strategy, backends(2, 1), 1, context)).toEqual(["b2"]);
  });
});

describe("an answer", () => {
  test("is kept per request in flight, averaged by time, as calculated by hand", () => {
    const { strategy, latency } = prequalOf({ inFlight: [4] });
    strategy.observe?.(backend(0), "answered", 80, 1_000);
    expect(latency.valueMs(backend(0))).toBe(20);
    // 10 + 10 e^-1 after one decay of 1 s
    strategy.observe?.(backend(0), "answered", 40, 2_000);
    expect(latency.valueMs(backend(0))).toBeCloseTo(13.67879, 4);
  });

  test("taken under load does not make an idle backend look slow", () => {
    const counts = [10, 0];
    const options = { rifQuantile: 1 };
    const { strategy } = prequalOf({ inFlight: counts, pace: [1, 20], options });
    strategy.observe?.(backend(0), "answered", 100, 2_000);
    counts[0] = 0;
    expect(pickAt(strategy, 2_000, backends(2))).toBe("b0");
  });

  test("that nobody waited for counts only if it is slower than expected", () => {
    const { strategy, latency } = prequalOf({ pace: [50] });
    strategy.observe?.(backend(0), "canceled", 49, 1_000);
    expect(latency.valueMs(backend(0))).toBe(50);
    latency.tried(backend(0), 2_000);
    // 100 - 50 e^-1
    strategy.observe?.(backend(0), "canceled", 100, 2_000);
    expect(latency.valueMs(backend(0))).toBeCloseTo(81.60603, 4);
  });
});

describe("error aversion", () => {
  const [one, other] = [backend(0), backend(1)];
  const ready = [one, other];

  test("keeps an idle backend that failed out for a second, then tries it once", () => {
    const { strategy } = prequalOf({ inFlight: [0, 9], pace: [10, 10] });
    strategy.observe?.(one, "failed", 1, 5_000);
    const times = [5_000, 5_999, 6_000, 6_001, 6_999];
    expect(times.map((now) => pickAt(strategy, now, ready))).toEqual([
      "b1",
      "b1",
      "b0",
      "b1",
      "b1",
    ]);
  });

  test("ends with an answer, which counts alone and not with the failure", () => {
    const { strategy, latency } = prequalOf({ inFlight: [0, 9], pace: [10, 10] });
    strategy.observe?.(one, "failed", 1, 5_000);
    strategy.observe?.(one, "answered", 12, 5_100);
    expect(latency.valueMs(backend(0))).toBe(12);
    expect(pickAt(strategy, 5_100, ready)).toBe("b0");
  });

  test("does not end with a canceled attempt", () => {
    const { strategy } = prequalOf({ inFlight: [0, 9], pace: [10, 10] });
    strategy.observe?.(one, "failed", 1, 5_000);
    strategy.observe?.(one, "canceled", 100, 5_100);
    expect(pickAt(strategy, 5_100, ready)).toBe("b1");
  });

  test("of all backends is no reason to refuse: the least loaded is taken", () => {
    const { strategy } = prequalOf({ inFlight: [3, 2], pace: [10, 10] });
    for (const failed of ready) strategy.observe?.(failed, "failed", 1, 5_000);
    expect(pickAt(strategy, 5_000, ready)).toBe("b1");
  });
});

test("cold backends: the first 5 of 5 requests try one each", () => {
  const counts = [0, 0, 0, 0, 0];
  const { strategy } = prequalOf({ inFlight: counts, random: seeded(2) });
  for (let request = 0; request < 20; request++) {
    const slot = Number(pickAt(strategy, 1_000, backends(5)).slice(1));
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  expect(counts).toEqual([4, 4, 4, 4, 4]);
});

describe("in a pool of 8 at 200 requests a second", () => {
  const pool = { strategy: "prequal", members: backends(8), everyMs: 5 } as const;

  test.each([1, 2, 3])("a backend that fails in 1 ms gets one a second (seed %d)", (seed) => {
    const sent = sendThrough({
      ...pool,
      seed,
      untilMs: 60_000,
      answer: (slot) => (slot === 2 ? { afterMs: 1, status: 500 } : { afterMs: 20, status: 200 }),
    });
    const failed = sent.filter(({ slot }) => slot === 2).length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(60);
  });

  test.each([1, 2, 3])(
    "one that was slow for a while is found to be fast again (seed %d)",
    (seed) => {
      const sent = sendThrough({
        ...pool,
        seed,
        options: { rifQuantile: 0.6 },
        untilMs: 60_000,
        answer: (slot, now) => ({ afterMs: slot === 2 && now < 20_000 ? 2_000 : 20, status: 200 }),
      });
      const again = sent.find(({ slot, at }) => slot === 2 && at >= 20_000);
      // The last slow answer may come at 22 s; 2,000 ms fade to 20 in 1 s * ln 100 = 4.6 s; then a
      // sample must draw it: 5 in 8 each 5 ms.
      expect(again?.at).toBeLessThan(27_000);
      const last = sent.filter(({ at }) => at >= 50_000);
      expect(last.filter(({ slot }) => slot === 2).length).toBeGreaterThan(last.length / 16);
    },
  );
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { noRandom } from "../../test/scripted.ts";
import { firstAttempt, freshLatency, picks, seeded, strategyOf } from "../../test/strategies.ts";
import { sendThrough } from "../../test/virtual-pool.ts";
import type { Backend, LatencyEstimates, Random, Strategy } from "../index.ts";

const a = backend(0);

/** `latencies` in milliseconds by slot, measured at `now` 1,000; nothing in flight unless said. */
function scanOf(
  latencies: readonly number[],
  inFlight: readonly number[] = [],
  random: Random = noRandom,
): { strategy: Strategy; latency: LatencyEstimates } {
  const latency = freshLatency();
  latencies.forEach((valueMs, slot) => latency.store(backend(slot), valueMs, 1_000));
  const strategy = strategyOf("least-response-time", {
    latency,
    inFlight: ({ slot }) => inFlight[slot] ?? 0,
    random,
  });
  return { strategy, latency };
}

function pickAt(strategy: Strategy, now: number, ready: readonly Backend[]): string {
  return picks(strategy, ready, 1, { ...firstAttempt, now })[0] ?? "";
}

describe("a pick", () => {
  const entry = fc.record({
    latencyMs: fc.integer({ min: 1, max: 500 }),
    untriedMs: fc.integer({ min: 0, max: 60_000 }),
    load: fc.nat(20),
    weight: fc.integer({ min: 1, max: 9 }),
  });

  test("never has more than the least latency * (in flight + 1) / weight", () => {
    const entries = fc.array(entry, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(entries, fc.integer(), (list, seed) => {
        const now = 100_000;
        const latency = freshLatency();
        const ready = list.map(({ latencyMs, untriedMs, weight }, slot) => {
          latency.store(backend(slot), latencyMs, now - untriedMs);
          return backend(slot, { weight });
        });
        const scores = list.map(
          ({ latencyMs, untriedMs, load, weight }) =>
            (latencyMs * Math.exp(-untriedMs / 10_000) * (load + 1)) / weight,
        );
        const inFlight = ({ slot }: Backend): number => list[slot]?.load ?? 0;
        const random = seeded(seed);
        const strategy = strategyOf("least-response-time", { latency, inFlight, random });
        const slot = Number(pickAt(strategy, now, ready).slice(1));
        expect(scores[slot]).toBeLessThanOrEqual(Math.min(...scores) * (1 + 1e-9));
      }),
    );
  });

  test("breaks ties among k backends with chance 1/k each, whatever their order", () => {
    const { strategy } = scanOf([20, 10, 10, 30, 10], [], seeded(3));
    const context = { ...firstAttempt, now: 1_000 };
    const ids = picks(strategy, backends(5), 30_000, context);
    for (const id of ["b1", "b2", "b4"]) {
      const count = ids.filter((other) => other === id).length;
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(30_000 * (1 / 3) * (2 / 3)));
    }
  });

  test("of a retry scans what is left", () => {
    const { strategy } = scanOf([1, 30, 20]);
    const context = { ...firstAttempt, now: 1_000, isRetry: true };
    expect(picks(strategy, backends(2, 1), 1, context)).toEqual(["b2"]);
  });
});

describe("an estimate", () => {
  test("is a mean by time, as calculated by hand", () => {
    const { strategy, latency } = scanOf([]);
    strategy.observe?.(a, "answered", 100, 1_000);
    expect(latency.valueMs(a)).toBe(100);
    // 20 + 80 e^-1, then 200 - 150.56964 e^-0.1: a slow answer moves the mean, it does not replace it.
    strategy.observe?.(a, "answered", 20, 11_000);
    expect(latency.valueMs(a)).toBeCloseTo(49.43036, 4);
    strategy.observe?.(a, "answered", 200, 12_000);
    expect(latency.valueMs(a)).toBeCloseTo(63.75895, 4);
  });

  test("of a failure is the penalty at once", () => {
    const { strategy, latency } = scanOf([10]);
    strategy.observe?.(a, "failed", 1, 1_000);
    expect(latency.valueMs(a)).toBe(5_000);
    strategy.observe?.(a, "failed", 9_000, 1_000);
    expect(latency.valueMs(a)).toBe(9_000);
  });

  test("of a canceled attempt counts only if it is larger", () => {
    const { strategy, latency } = scanOf([50]);
    latency.tried(a, 11_000);
    strategy.observe?.(a, "canceled", 49, 11_000);
    expect(latency.valueMs(a)).toBe(50);
    // 100 - 50 e^-1
    strategy.observe?.(a, "canceled", 100, 11_000);
    expect(latency.valueMs(a)).toBeCloseTo(81.60603, 4);
  });
});

describe("cold", () => {
  test.each([3, 8])("the first %d requests try one backend each", (count) => {
    const ready = backends(count);
    const { strategy } = scanOf([], [], seeded(9));
    const ids = picks(strategy, ready, count, { ...firstAttempt, now: 1_000 });
    expect(new Set(ids).size).toBe(count);
  });

  test("without an answer, requests at once spread by weight", () => {
    const counts = [0, 0, 0];
    const ready = [4, 2, 2].map((weight, slot) => backend(slot, { weight }));
    const inFlight = ({ slot }: Backend): number => counts[slot] ?? 0;
    const strategy = strategyOf("least-response-time", { inFlight, random: seeded(5) });
    for (let request = 0; request < 80; request++) {
      const slot = Number(pickAt(strategy, 1_000, ready).slice(1));
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(counts).toEqual([40, 20, 20]);
  });

  test("a new backend gets one request, and the next only after its answer", () => {
    const { strategy } = scanOf([20, 20], [5, 5], seeded(5));
    const ready = backends(3);
    const context = { ...firstAttempt, now: 1_000 };
    const ids = picks(strategy, ready, 50, context);
    expect(ids.filter((id) => id === "b2")).toHaveLength(1);
    strategy.observe?.(backend(2), "answered", 20, 1_020);
    expect(pickAt(strategy, 1_020, ready)).toBe("b2");
  });

  test("after an idle hour one request tries each backend before any gets a second", () => {
    const hour = 3_600_000;
    const { strategy } = scanOf([10, 500, 2_000], [], seeded(1));
    const ids = picks(strategy, backends(3), 10, { ...firstAttempt, now: hour });
    expect(new Set(ids.slice(0, 3)).size).toBe(3);
    expect(new Set(ids.slice(3))).toEqual(new Set(["b0"]));
  });

  test("a tunnel that stays open does not keep its backend from being tried", () => {
    const { strategy } = scanOf([10, 100], [0, 1]);
    // 200 fade below 10 in 10 s * ln 20 = 30 s; meanwhile the other one is used and does not fade.
    const picked = Array.from({ length: 40 }, (_, second) =>
      pickAt(strategy, 1_000 * (second + 1), backends(2)),
    );
    expect(picked.indexOf("b1")).toBeGreaterThan(10);
    expect(picked).toContain("b1");
  });
});

describe("in a pool of 5 at 100 requests a second", () => {
  const pool = { strategy: "least-response-time", everyMs: 10 } as const;
  const fails = { afterMs: 1, status: 503 };
  const answers = { afterMs: 20, status: 200 };

  test.each([1, 2, 3])("a backend that fails in 1 ms gets under 1 in 1,000 (seed %d)", (seed) => {
    const answer = (slot: number): typeof fails => (slot === 2 ? fails : answers);
    const sent = sendThrough({ ...pool, seed, untilMs: 120_000, answer });
    const failed = sent.filter(({ slot }) => slot === 2).length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(sent.length / 1_000);
  });

  test("a backend that turns bad draws one more request, then none for half a minute", () => {
    const answer = (slot: number, now: number): typeof fails =>
      slot === 2 && now >= 30_000 ? fails : answers;
    const sent = sendThrough({ ...pool, seed: 4, untilMs: 60_000, answer });
    expect(sent.filter(({ slot, at }) => slot === 2 && at >= 30_000)).toHaveLength(1);
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
      // 2,000 ms fade to 20 in 10 s * ln 100 = 46 s.
      expect(again?.at).toBeLessThan(20_000 + 47_000);
      const last = sent.filter(({ at }) => at >= 110_000);
      expect(last.filter(({ slot }) => slot === 2).length).toBeGreaterThan(last.length / 10);
    },
  );
});

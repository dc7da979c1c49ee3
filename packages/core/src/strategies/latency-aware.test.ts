import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backend } from "../../test/backends.ts";
import { freshLatency, picks, seeded, strategyOf } from "../../test/strategies.ts";
import { FadingLatency } from "../load/fading-latency.ts";

/** The strategies that measure, with what they assume of a backend that was tried and not measured. */
const measuring = [
  { name: "peak-ewma", decayMs: 10_000, unmeasuredMs: 30 },
  { name: "least-response-time", decayMs: 10_000, unmeasuredMs: 5_000 },
  { name: "prequal", decayMs: 1_000, unmeasuredMs: 1_000_000 },
] as const;

const step = fc.record({
  afterMs: fc.nat(20_000),
  what: fc.constantFrom("pick", "answered", "failed", "canceled"),
  latencyMs: fc.integer({ min: 1, max: 60_000 }),
});

describe.each(measuring)("$name", ({ name, decayMs, unmeasuredMs }) => {
  const [one, other] = [backend(0), backend(1)];

  test("neither a failure nor a cancel ever makes a backend look faster", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer(), (steps, seed) => {
        const latency = freshLatency();
        const load = new FadingLatency(latency, decayMs, unmeasuredMs);
        const strategy = strategyOf(name, { latency, random: seeded(seed) });
        let now = 1;
        for (const { afterMs, what, latencyMs } of steps) {
          now += afterMs;
          if (what === "pick") {
            picks(strategy, [one, other], 1, { now, hashKey: "", isRetry: false });
            continue;
          }
          const before = load.valueMs(one, now);
          strategy.observe?.(one, what, latencyMs, now);
          const after = load.valueMs(one, now);
          if (what !== "answered") expect(after).toBeGreaterThanOrEqual(before * (1 - 1e-6));
        }
      }),
    );
  });

  test("an estimate is positive and finite after whatever happened", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const latency = freshLatency();
        const strategy = strategyOf(name, { latency, random: seeded(1) });
        let now = 1;
        for (const { afterMs, what, latencyMs } of steps) {
          now += afterMs;
          if (what !== "pick") strategy.observe?.(one, what, latencyMs, now);
        }
        const valueMs = latency.valueMs(one);
        const wasMeasured = steps.some(({ what }) => what === "answered" || what === "failed");
        if (wasMeasured) expect(valueMs).toBeGreaterThan(0);
        expect(Number.isFinite(valueMs)).toBe(true);
      }),
    );
  });

  test("two workers share what one has measured", () => {
    const latency = freshLatency();
    const [mine, theirs] = [1, 2].map((seed) =>
      strategyOf(name, { latency, random: seeded(seed) }),
    );
    mine?.observe?.(one, "answered", 900, 1_000);
    mine?.observe?.(other, "answered", 3, 1_000);
    const context = { now: 1_000, hashKey: "", isRetry: false };
    expect(new Set(theirs && picks(theirs, [one, other], 20, context))).toEqual(new Set(["b1"]));
  });

  test("a single backend is picked whatever it did", () => {
    const strategy = strategyOf(name, { random: seeded(1) });
    const context = { now: 1_000, hashKey: "", isRetry: false };
    strategy.observe?.(one, "failed", 1, 1_000);
    expect(picks(strategy, [one], 3, context)).toEqual(["b0", "b0", "b0"]);
  });
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Gcra, type RateSettings } from "./gcra.ts";

const rate: fc.Arbitrary<RateSettings> = fc.record({
  count: fc.integer({ min: 1, max: 100_000 }),
  perMs: fc.constantFrom(1_000, 60_000, 3_600_000),
  burst: fc.integer({ min: 1, max: 50 }),
});

/** Arrivals: pauses in shares of the time that one token takes, many of them none at all. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })), {
  minLength: 1,
  maxLength: 300,
});

/** The textbook bucket: a level that rises with time and falls with every request. */
class TokenBucket {
  readonly #gcra: Gcra;
  #level: number;
  #at: number;

  constructor(gcra: Gcra, now: number) {
    this.#gcra = gcra;
    this.#level = gcra.burstTicks;
    this.#at = now;
  }

  take(now: number): boolean {
    const { burstTicks, tokenTicks } = this.#gcra;
    this.#level = Math.min(burstTicks, this.#level + now - this.#at);
    this.#at = now;
    if (this.#level < tokenTicks) return false;
    this.#level -= tokenTicks;
    return true;
  }

  get tokens(): number {
    return Math.floor(this.#level / this.#gcra.tokenTicks);
  }

  get untilMoreTicks(): number {
    return (this.tokens + 1) * this.#gcra.tokenTicks - this.#level;
  }

  get waitTicks(): number {
    return this.#gcra.tokenTicks - this.#level;
  }
}

function arrivals({ count, perMs }: RateSettings, shares: readonly number[]): number[] {
  let nowMs = 1e6;
  return shares.map((share) => (nowMs += (share * perMs) / count));
}

test("decides, counts and waits as a token bucket does", () => {
  fc.assert(
    fc.property(rate, pauses, (settings, shares) => {
      const gcra = new Gcra(settings);
      const times = arrivals(settings, shares).map((nowMs) => gcra.ticksAt(nowMs));
      const bucket = new TokenBucket(gcra, times[0] ?? 0);
      let tat = 0;
      for (const now of times) {
        const next = gcra.next(tat, now);
        const wait = gcra.wait(next, now);
        expect(wait <= 0).toBe(bucket.take(now));
        if (wait <= 0) tat = next;
        else expect(wait).toBe(bucket.waitTicks);
        expect(gcra.remaining(tat, now)).toBe(bucket.tokens);
        const until = gcra.untilMore(tat, now);
        expect(until).toBe(bucket.tokens === settings.burst ? 0 : bucket.untilMoreTicks);
      }
    }),
  );
});

test("allows no more in any span than the burst and what the rate gives in it", () => {
  fc.assert(
    fc.property(rate, pauses, (settings, shares) => {
      const gcra = new Gcra(settings);
      let tat = 0;
      const allowed = arrivals(settings, shares).filter((nowMs) => {
        const now = gcra.ticksAt(nowMs);
        const next = gcra.next(tat, now);
        if (gcra.wait(next, now) > 0) return false;
        tat = next;
        return true;
      });
      const [first = 0] = allowed;
      for (const [index, nowMs] of allowed.entries()) {
        const given = ((nowMs - first) * settings.count) / settings.perMs;
        // A tick is at most a tenth of a token.
        expect(index + 1).toBeLessThanOrEqual(settings.burst + given + 0.1 + 1e-6);
      }
    }),
  );
});

test("a wait in milliseconds is long enough, and hardly longer", () => {
  fc.assert(
    fc.property(rate, fc.double({ min: 0, max: 1e9, noNaN: true }), (settings, nowMs) => {
      const gcra = new Gcra(settings);
      const now = gcra.ticksAt(nowMs);
      const full = now + gcra.burstTicks;
      const waitMs = gcra.milliseconds(gcra.wait(gcra.next(full, now), now));
      const later = gcra.ticksAt(nowMs + waitMs + 1e-6);
      expect(gcra.wait(gcra.next(full, later), later)).toBeLessThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(settings.perMs / settings.count + 1e-6);
    }),
  );
});

test.each([
  [100, 1_000, 100],
  [100_000, 1_000, 10],
  [7, 1_000, 1_429],
  [1, 3_600_000, 36_000_000],
])("%i per %i ms has %i whole ticks to the token", (count, perMs, ticks) => {
  const gcra = new Gcra({ count, perMs, burst: 3 });
  expect(gcra.tokenTicks).toBe(ticks);
  expect(gcra.burstTicks).toBe(3 * ticks);
  expect(gcra.milliseconds(ticks)).toBeCloseTo(perMs / count, 9);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { InstalledFault } from "./installed-fault.ts";
import { readFault } from "./read-fault.ts";

interface Settings {
  readonly startMs: number;
  readonly forMs: number | null;
  readonly count: number | null;
  readonly probability: number;
  readonly seed: number;
}

const settings: fc.Arbitrary<Settings> = fc.record({
  startMs: fc.nat(50),
  forMs: fc.option(fc.integer({ min: 1, max: 50 })),
  count: fc.option(fc.integer({ min: 1, max: 5 })),
  probability: fc.constantFrom(0, 0.3, 1),
  seed: fc.nat(1000),
});
const gaps = fc.array(fc.nat(10), { maxLength: 40 });

interface Run {
  readonly at: number;
  readonly strikes: boolean;
  readonly applied: number;
}

/** Asks the fault again and again, as arriving connections do. */
function ask(setting: Settings, waits: readonly number[]): Run[] {
  const { startMs, forMs, count, probability, seed } = setting;
  const fault = readFault({
    fault: "blackhole",
    start: `${startMs}ms`,
    probability,
    seed,
    ...(forMs === null ? {} : { for: `${forMs}ms` }),
    ...(count === null ? {} : { count }),
  });
  const installed = new InstalledFault(fault, {
    id: 1,
    place: 0,
    backend: "A",
    seed: 1,
    now: 1000,
  });
  let at = 1000;
  return waits.map((wait) => {
    at += wait;
    const strikes = installed.strikesConnection(at);
    return { at, strikes, applied: installed.applied };
  });
}

test("strikes in its time and no more often than its count, whatever comes when", () => {
  fc.assert(
    fc.property(settings, gaps, (setting, waits) => {
      const begin = 1000 + setting.startMs;
      const end = begin + (setting.forMs ?? Infinity);
      let struck = 0;
      for (const { at, strikes, applied } of ask(setting, waits)) {
        const isDue = at >= begin && at < end && struck < (setting.count ?? Infinity);
        if (!isDue || setting.probability === 0) expect(strikes).toBe(false);
        if (isDue && setting.probability === 1) expect(strikes).toBe(true);
        if (strikes) struck += 1;
        expect(applied).toBe(struck);
      }
    }),
  );
});

test("decides the same when the same comes again", () => {
  fc.assert(
    fc.property(settings, gaps, (setting, waits) => {
      expect(ask(setting, waits)).toEqual(ask(setting, waits));
    }),
  );
});

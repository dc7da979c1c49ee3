import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Capacity } from "./capacity.ts";

test("serves as many at once as it has slots, and the others in order of arrival", () => {
  const capacity = new Capacity(2, Infinity);
  const turns = [0, 1, 2, 3].map((now) => capacity.take(now, 10));
  expect(turns).toEqual([
    { startsAt: 0, endsAt: 10 },
    { startsAt: 1, endsAt: 11 },
    { startsAt: 10, endsAt: 20 },
    { startsAt: 11, endsAt: 21 },
  ]);
  expect([capacity.waitingAt(9), capacity.waitingAt(10), capacity.waitingAt(11)]).toEqual([
    2, 1, 0,
  ]);
});

test("refuses what would be one more than may wait, and takes the next when one has started", () => {
  const capacity = new Capacity(1, 1);
  expect(capacity.take(0, 10)).toBeDefined();
  expect(capacity.take(1, 10)).toEqual({ startsAt: 10, endsAt: 20 });
  expect(capacity.take(2, 10)).toBeUndefined();
  expect(capacity.take(10, 10)).toEqual({ startsAt: 20, endsAt: 30 });
});

test("a queue of 0 takes only what can start at once", () => {
  const capacity = new Capacity(1, 0);
  expect(capacity.take(0, 5)).toBeDefined();
  expect(capacity.take(4, 5)).toBeUndefined();
  expect(capacity.take(5, 5)).toEqual({ startsAt: 5, endsAt: 10 });
});

test("never serves more than its slots at any time, and never idles while one waits", () => {
  const arrivals = fc.array(fc.record({ gap: fc.nat(20), work: fc.integer({ min: 1, max: 30 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), arrivals, (slots, list) => {
      const capacity = new Capacity(slots, Infinity);
      let now = 0;
      const served = list.map(({ gap, work }) => {
        now += gap;
        const turn = capacity.take(now, work);
        return { now, startsAt: turn?.startsAt ?? 0, endsAt: turn?.endsAt ?? 0 };
      });
      const servingAt = (at: number): number =>
        served.filter(({ startsAt, endsAt }) => startsAt <= at && at < endsAt).length;
      for (const { now: arrivedAt, startsAt } of served) {
        expect(servingAt(startsAt)).toBeLessThanOrEqual(slots);
        if (startsAt > arrivedAt) expect(servingAt(startsAt - 0.5)).toBe(slots);
      }
    }),
  );
});

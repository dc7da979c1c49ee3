import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DecayTable } from "./decay-table.ts";

test("is e^(-age / decay) to 15 digits, inside the table and beyond it", () => {
  const ages = fc.oneof(
    fc.nat(2_000),
    fc.nat(200_000),
    fc.constantFrom(1_023, 1_024, 65_535, 65_536),
  );
  fc.assert(
    fc.property(ages, fc.integer({ min: 1, max: 3_600_000 }), (ageMs, decayMs) => {
      const exact = Math.exp(-ageMs / decayMs);
      const left = new DecayTable(decayMs).leftAfter(ageMs);
      expect(Math.abs(left - exact)).toBeLessThanOrEqual(exact * 4e-13);
    }),
    { numRuns: 300 },
  );
});

test("nothing is lost at once, and nothing is left of what is weeks old", () => {
  const table = new DecayTable(10_000);
  expect([table.leftAfter(0), table.leftAfter(2 ** 31 - 1)]).toEqual([1, 0]);
});

test("a decay of 0 forgets within milliseconds and divides by nothing", () => {
  const table = new DecayTable(0);
  expect(table.leftAfter(0)).toBe(1);
  expect(table.leftAfter(100)).toBeLessThan(1e-30);
});

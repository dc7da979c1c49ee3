import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ClientLedger } from "./client-ledger.ts";
import { SharedLedger, sharedNumber } from "./shared-ledger.ts";

function partOf(length: number, worker: number) {
  const part = new ClientLedger();
  for (let index = 0; index < length; index++) part.add("GET", worker * 1000 + index);
  return part.columns();
}

test("every request of every worker has a number of its own that leads back to it", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lengths, (counts) => {
      const ledger = new SharedLedger(counts.map(partOf));
      const entries = [...ledger.entries()];
      const workers = counts.length;
      expect(entries.map(({ index }) => index).toSorted((x, y) => x - y)).toEqual(
        counts
          .flatMap((count, worker) =>
            Array.from({ length: count }, (_, index) => sharedNumber(index, { worker, workers })),
          )
          .toSorted((x, y) => x - y),
      );
      for (const { index, intendedAtMs } of entries) {
        expect(intendedAtMs).toBe((index % workers) * 1000 + Math.floor(index / workers));
        expect(index).toBeLessThan(ledger.length);
      }
      expect(ledger.length).toBe(Math.max(-1, ...entries.map(({ index }) => index)) + 1);
    }),
  );
});

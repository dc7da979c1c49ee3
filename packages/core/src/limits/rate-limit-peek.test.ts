import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimitTable } from "../index.ts";

const options = { count: 10, perMs: 1_000, burst: 3, maxKeys: 30 };

test("a peek says what a take would say, and changes nothing", () => {
  const steps = fc.array(
    fc.record({ key: fc.constantFrom("a", "b", "c", ""), pauseMs: fc.nat(400) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const table = RateLimitTable.allocate(options, [1, 2]);
      let now = 5_000;
      for (const { key, pauseMs } of all) {
        now += pauseMs;
        const before = Buffer.from(table.buffer).toString("hex");
        const peeked = [table.peek(key, now), table.remaining, table.waitMs];
        expect(Buffer.from(table.buffer).toString("hex")).toBe(before);
        expect([table.take(key, now), table.remaining, table.waitMs]).toEqual(peeked);
      }
    }),
  );
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { visitOrder } from "./visit-order.ts";

test("every turn visits everybody once, and in the same order in every run", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat()), fc.nat(1000), (sessions, turn) => {
      const order = visitOrder(sessions, turn);
      expect(new Set(order)).toEqual(new Set(sessions));
      expect(order).toHaveLength(sessions.length);
      expect(visitOrder(sessions, turn)).toEqual(order);
    }),
  );
});

test("a session keeps its place modulo the number of backends no oftener than chance has it", () => {
  const sessions = Array.from({ length: 600 }, (_, index) => index);
  const placesAt = (turn: number): Map<number, number> =>
    new Map(visitOrder(sessions, turn).map((session, place) => [session, place]));
  for (let turn = 1; turn < 20; turn++) {
    const [before, after] = [placesAt(turn - 1), placesAt(turn)];
    const kept = sessions.filter((id) => (before.get(id) ?? 0) % 3 === (after.get(id) ?? 0) % 3);
    expect(Math.abs(kept.length / sessions.length - 1 / 3)).toBeLessThan(0.08);
  }
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backend, backends } from "../test/backends.ts";
import { Pool, Scoreboard } from "./index.ts";

const shape = { workers: 4, pools: 1, backends: 8 };

test("lists the ready members in the members' order", () => {
  const board = Scoreboard.allocate(shape);
  const pool = new Pool("web", 0, [backend(2), backend(0), backend(1)]);
  for (const slot of [1, 2]) board.setReady(slot, true);
  expect(pool.ready(board)).toEqual([backend(2), backend(1)]);
});

test("gives the same array until a readiness bit changes", () => {
  const board = Scoreboard.allocate(shape);
  const pool = new Pool("web", 0, backends(3));
  board.setReady(0, true);
  const first = pool.ready(board);
  board.setReady(0, true);
  board.nextSequence(0);
  board.started(0, 0);
  expect(pool.ready(board)).toBe(first);
  board.setReady(2, true);
  expect(pool.ready(board).map(({ id }) => id)).toEqual(["b0", "b2"]);
});

test("believes the scoreboard it is asked about", () => {
  const pool = new Pool("web", 0, backends(1));
  const [one, other] = [Scoreboard.allocate(shape), Scoreboard.allocate(shape)];
  one.setReady(0, true);
  other.setReady(1, true);
  expect([pool.ready(one).length, pool.ready(other).length]).toEqual([1, 0]);
});

test("keeps its members when the caller changes the array", () => {
  const members = backends(2);
  const pool = new Pool("web", 0, members);
  members.pop();
  expect(pool.members).toHaveLength(2);
});

test("every worker's list is the same after any flips, however often each one looked", () => {
  const flip = fc.record({
    slot: fc.nat(shape.backends - 1),
    ready: fc.boolean(),
    looker: fc.nat(shape.workers - 1),
  });
  fc.assert(
    fc.property(fc.array(flip, { maxLength: 60 }), (flips) => {
      const control = Scoreboard.allocate(shape);
      const views = Array.from({ length: shape.workers }, () => ({
        board: Scoreboard.attach(control.buffer),
        pool: new Pool("web", 0, backends(shape.backends)),
      }));
      const ready = new Set<number>();
      for (const { slot, ready: isReady, looker } of flips) {
        control.setReady(slot, isReady);
        if (isReady) ready.add(slot);
        else ready.delete(slot);
        const view = views[looker];
        if (view !== undefined) expect(slotsOf(view)).toEqual(sorted(ready));
      }
      for (const view of views) expect(slotsOf(view)).toEqual(sorted(ready));
    }),
  );

  function slotsOf({ pool, board }: { pool: Pool; board: Scoreboard }): number[] {
    return pool.ready(board).map(({ slot }) => slot);
  }

  function sorted(slots: Set<number>): number[] {
    return [...slots].toSorted((one, other) => one - other);
  }
});

test.each([
  ["id", { id: "b0" }],
  ["slot", { slot: 0 }],
])("two members cannot have the same %s", (_, second) => {
  expect(() => new Pool("web", 0, [backend(0), backend(1, second)])).toThrow(
    expect.objectContaining({ code: "EVENKEEL_DUPLICATE_BACKEND" }),
  );
});

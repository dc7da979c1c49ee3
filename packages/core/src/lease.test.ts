import { expect, test } from "vitest";
import { backend } from "../test/backends.ts";
import { Lease, Scoreboard, type Outcome } from "./index.ts";

const ok: Outcome = { kind: "response", status: 200, latencyMs: 3 };
const reset: Outcome = { kind: "failure", cause: "reset", sent: true };

function setUp(): { board: Scoreboard; lease: Lease } {
  const board = Scoreboard.allocate({ workers: 2, pools: 1, backends: 1 });
  return {
    board,
    lease: new Lease(backend(0), { scoreboard: board, worker: 1, observe: null }, 0),
  };
}

test("is in flight from its grant to its release", () => {
  const { board, lease } = setUp();
  expect([board.inFlight(0), lease.released, lease.outcome]).toEqual([1, false, undefined]);
  expect(lease.release(ok)).toBe(true);
  expect([board.inFlight(0), lease.released, lease.outcome]).toEqual([0, true, ok]);
});

test("is released once: later calls change nothing and say so", () => {
  const { board, lease } = setUp();
  lease.release(reset);
  expect([lease.release(ok), lease.release({ kind: "canceled" })]).toEqual([false, false]);
  expect([board.inFlight(0), lease.outcome]).toEqual([0, reset]);
});

test("belongs to its worker's column", () => {
  const { board } = setUp();
  board.clearWorker(0);
  expect(board.inFlight(0)).toBe(1);
  board.clearWorker(1);
  expect(board.inFlight(0)).toBe(0);
});

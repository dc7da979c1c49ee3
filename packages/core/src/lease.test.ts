import { describe, expect, test } from "vitest";
import { backend } from "../test/backends.ts";
import { type HealthReports, Lease, Scoreboard, type Outcome } from "./index.ts";

const ok: Outcome = { kind: "response", status: 200, latencyMs: 3 };
const reset: Outcome = { kind: "failure", cause: "reset", sent: true };

interface SetUp {
  readonly board: Scoreboard;
  readonly lease: Lease;
  readonly grant: (isTrial?: boolean) => Lease;
  /** Failures in a row as they were reported. */
  readonly rows: number[];
  /** Whether each trial succeeded. */
  readonly trials: boolean[];
}

function setUp(): SetUp {
  const board = Scoreboard.allocate({ workers: 2, pools: 1, backends: 1 });
  const rows: number[] = [];
  const trials: boolean[] = [];
  const reports: HealthReports = {
    failing: (_, count) => rows.push(count),
    trialEnded: (_, hasSucceeded) => trials.push(hasSucceeded),
  };
  const owner = { scoreboard: board, worker: 1, observe: null, released: null, reports };
  const grant = (isTrial = false): Lease => new Lease(backend(0), owner, 0, isTrial);
  return { board, lease: grant(), grant, rows, trials };
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

describe("what becomes of attempts", () => {
  const unavailable: Outcome = { kind: "response", status: 503, latencyMs: 3 };

  test("is counted at their end, and failures in a row are reported", () => {
    const { board, grant, rows } = setUp();
    for (const outcome of [reset, unavailable, ok, reset]) grant().release(outcome);
    expect(rows).toEqual([1, 2, 1]);
    expect(board.outcomes(0)).toEqual({ successes: 1, failures: 3 });
  });

  test("is nobody's business when the client went away", () => {
    const { board, grant, rows } = setUp();
    grant().release(reset);
    grant().release({ kind: "canceled" });
    grant().release(reset);
    expect(rows).toEqual([1, 2]);
    expect(board.outcomes(0)).toEqual({ successes: 0, failures: 2 });
  });

  test.each([
    [500, 1],
    [502, 1],
    [429, 0],
    [501, 0],
    [505, 0],
    [404, 0],
  ])("counts %d as so many failures: %d", (status, failures) => {
    const { board, grant } = setUp();
    grant().release({ kind: "response", status, latencyMs: 1 });
    expect(board.outcomes(0)).toEqual({ successes: 1 - failures, failures });
  });

  test("is a failure when the response broke off, however it began", () => {
    const { grant, rows } = setUp();
    const lease = grant();
    lease.answered(200);
    lease.release(reset);
    expect(rows).toEqual([1]);
  });
});

describe("a trial", () => {
  test("has succeeded with a good head, whatever its body does", () => {
    const { grant, trials } = setUp();
    const lease = grant(true);
    lease.answered(200);
    lease.release(reset);
    expect(trials).toEqual([true]);
  });

  test("has failed with a bad head or none", () => {
    const { grant, trials } = setUp();
    const lease = grant(true);
    lease.answered(500);
    lease.release({ kind: "response", status: 500, latencyMs: 1 });
    grant(true).release(reset);
    expect(trials).toEqual([false, false]);
  });

  test("that the client gave up is given to another request", () => {
    const { board, grant, trials } = setUp();
    board.setTrials(0, 1);
    expect(board.takeTrial(0)).toBe(true);
    grant(true).release({ kind: "canceled" });
    expect(trials).toEqual([]);
    expect([board.takeTrial(0), board.takeTrial(0)]).toEqual([true, false]);
  });
});

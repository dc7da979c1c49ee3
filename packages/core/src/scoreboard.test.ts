import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { itemOf } from "../test/backends.ts";
import { EvenkeelError, Scoreboard, type EvenkeelErrorCode } from "./index.ts";

const shape = { workers: 4, pools: 3, backends: 20 };
const cellBytes = Int32Array.BYTES_PER_ELEMENT;

function errorCode(run: () => unknown): EvenkeelErrorCode | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof EvenkeelError) return error.code;
    throw error;
  }
  return undefined;
}

/** Indexes of the cells that `act` changed: finds a cell without knowing the layout. */
function changedCells(board: Scoreboard, act: () => void): number[] {
  const cells = new Int32Array(board.buffer);
  const before = cells.slice();
  act();
  return [...cells.keys()].filter((index) => cells[index] !== before[index]);
}

describe("allocate and attach", () => {
  test("a new one has nothing drawn, in flight or ready", () => {
    const board = Scoreboard.allocate(shape);
    expect(board.nextSequence(2)).toBe(0);
    expect(board.inFlight(19)).toBe(0);
    expect(board.isReady(19)).toBe(false);
    expect(board.readyVersion).toBe(0);
  });

  test("an attached view has the shape and the contents of the original", () => {
    const board = Scoreboard.allocate(shape);
    const view = Scoreboard.attach(board.buffer);
    board.setReady(7, true);
    board.started(3, 7);
    expect(view.shape).toEqual(shape);
    expect([view.isReady(7), view.inFlight(7), view.readyVersion]).toEqual([true, 1, 1]);
    expect([board.nextSequence(1), view.nextSequence(1), board.nextSequence(1)]).toEqual([0, 1, 2]);
  });

  test.each([
    { workers: 0, pools: 1, backends: 1 },
    { workers: 1.5, pools: 1, backends: 1 },
    { workers: 1, pools: -1, backends: 1 },
    { workers: 1, pools: 1, backends: Number.NaN },
  ])("no scoreboard of shape %o", (bad) => {
    expect(errorCode(() => Scoreboard.allocate(bad))).toBe("EVENKEEL_SCOREBOARD_SHAPE");
  });

  test("a configuration without pools and backends still has one", () => {
    expect(Scoreboard.allocate({ workers: 1, pools: 0, backends: 0 }).readyVersion).toBe(0);
  });

  test.each([
    ["too short for a header", () => new SharedArrayBuffer(cellBytes)],
    ["of zeros", () => new SharedArrayBuffer(4096)],
    ["of another layout version", () => patched((cells) => (cells[1] = 99))],
    ["of another size than its header says", () => patched((cells) => (cells[4] = 10_000))],
  ])("does not attach to a buffer %s", (_, buffer) => {
    expect(errorCode(() => Scoreboard.attach(buffer()))).toBe("EVENKEEL_SCOREBOARD_LAYOUT");
  });

  function patched(change: (cells: Int32Array) => void): SharedArrayBuffer {
    const { buffer } = Scoreboard.allocate(shape);
    change(new Int32Array(buffer));
    return buffer;
  }
});

describe("layout", () => {
  const board = Scoreboard.allocate(shape);
  const pools = [0, 1, 2];
  const workers = [0, 1, 2, 3];
  const slots = Array.from({ length: shape.backends }, (_, slot) => slot);

  function cellOf(act: () => void): number {
    const changed = changedCells(board, act);
    expect(changed).toHaveLength(1);
    return changed[0] ?? -1;
  }

  test("every sequence and every in-flight count has a cell of its own", () => {
    const sequences = pools.map((pool) => cellOf(() => board.nextSequence(pool)));
    const counts = workers.flatMap((worker) =>
      slots.map((slot) => cellOf(() => board.started(worker, slot))),
    );
    const all = [...sequences, ...counts];
    expect(new Set(all).size).toBe(all.length);
  });

  test("what different threads write at different times is 64 bytes apart", () => {
    const sequences = pools.map((pool) => [cellOf(() => board.nextSequence(pool))]);
    const columns = workers.map((worker) =>
      slots.map((slot) => cellOf(() => board.started(worker, slot))),
    );
    const flips = slots.map((slot) => changedCells(board, () => board.setReady(slot, true)));
    const version = Math.min(...flips.flat());
    const bits = flips.flat().filter((cell) => cell !== version);
    const groups = [[version], ...sequences, bits, ...columns].map(edges);
    expect(bits).toHaveLength(shape.backends);
    for (const [index, { last }] of groups.slice(0, -1).entries()) {
      const next = itemOf(groups, index + 1).first;
      expect((next - last) * cellBytes).toBeGreaterThanOrEqual(64);
    }
  });

  function edges(cells: number[]): { first: number; last: number } {
    return { first: Math.min(...cells), last: Math.max(...cells) };
  }
});

describe("sequence", () => {
  test("goes from 2^32 - 1 to 0 and is never negative", () => {
    const board = Scoreboard.allocate(shape);
    const [cell = -1] = changedCells(board, () => board.nextSequence(0));
    new Int32Array(board.buffer)[cell] = 0x7fff_ffff;
    expect([board.nextSequence(0), board.nextSequence(0)]).toEqual([2 ** 31 - 1, 2 ** 31]);
    new Int32Array(board.buffer)[cell] = -1;
    expect([board.nextSequence(0), board.nextSequence(0)]).toEqual([2 ** 32 - 1, 0]);
    expect(board.nextSequence(1)).toBe(0);
  });
});

describe("in flight", () => {
  const step = fc.record({
    worker: fc.nat(shape.workers - 1),
    slot: fc.nat(shape.backends - 1),
    kind: fc.constantFrom("started", "ended", "crashed"),
  });

  test("is started minus ended, whatever the interleaving, less what crashed workers had open", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { buffer } = Scoreboard.allocate(shape);
        const control = Scoreboard.attach(buffer);
        const views = Array.from({ length: shape.workers }, () => Scoreboard.attach(buffer));
        const open = views.map(() => Array.from({ length: shape.backends }, () => 0));
        for (const { worker, slot, kind } of steps) {
          const column = open[worker];
          const had = column?.[slot] ?? 0;
          if (column === undefined || (kind === "ended" && had === 0)) continue;
          if (kind === "crashed") {
            control.clearWorker(worker);
            column.fill(0);
          } else {
            views[worker]?.[kind](worker, slot);
            column[slot] = kind === "started" ? had + 1 : had - 1;
          }
        }
        for (let slot = 0; slot < shape.backends; slot++) {
          const expected = open.reduce((total, column) => total + (column[slot] ?? 0), 0);
          expect(control.inFlight(slot)).toBe(expected);
        }
      }),
    );
  });

  test("a crashed worker's attempts are forgotten, the others' and everything else are kept", () => {
    const board = Scoreboard.allocate(shape);
    board.setReady(19, true);
    for (const worker of [0, 1, 2, 3]) board.started(worker, 19);
    board.started(2, 0);
    board.clearWorker(2);
    expect([board.inFlight(19), board.inFlight(0)]).toEqual([3, 0]);
    expect([board.isReady(19), board.readyVersion, board.nextSequence(0)]).toEqual([true, 1, 0]);
  });

  test.each([-1, 4, 0.5])("there is no worker %d to clear", (worker) => {
    const board = Scoreboard.allocate(shape);
    expect(errorCode(() => board.clearWorker(worker))).toBe("EVENKEEL_OUT_OF_RANGE");
  });
});

describe("readiness", () => {
  test("the version moves with every change and with nothing else", () => {
    const board = Scoreboard.allocate(shape);
    const versions = [true, true, false, false, true].map((ready) => {
      board.setReady(3, ready);
      return board.readyVersion;
    });
    expect(versions).toEqual([1, 1, 2, 2, 3]);
    board.nextSequence(0);
    board.started(0, 3);
    expect(board.readyVersion).toBe(3);
  });

  test.each([-1, 20, 1.5])("there is no slot %d to set", (slot) => {
    const board = Scoreboard.allocate(shape);
    expect(errorCode(() => board.setReady(slot, true))).toBe("EVENKEEL_OUT_OF_RANGE");
  });
});

describe("outcomes", () => {
  const shape = { workers: 2, pools: 1, backends: 2 };

  test("are added up over the workers, each backend by itself", () => {
    const board = Scoreboard.allocate(shape);
    board.succeeded(0, 0);
    board.succeeded(1, 0);
    board.failed(1, 0);
    board.failed(0, 1);
    expect(board.outcomes(0)).toEqual({ successes: 2, failures: 1 });
    expect(board.outcomes(1)).toEqual({ successes: 0, failures: 1 });
  });

  test("in a row are counted over the workers until one succeeds", () => {
    const board = Scoreboard.allocate(shape);
    expect([board.failed(0, 0), board.failed(1, 0), board.failed(0, 0)]).toEqual([1, 2, 3]);
    expect(board.failed(0, 1)).toBe(1);
    board.succeeded(1, 0);
    expect(board.failed(0, 0)).toBe(1);
    board.clearFailuresInRow(0);
    expect(board.failed(0, 0)).toBe(1);
  });
});

describe("permission", () => {
  const shape = { workers: 1, pools: 1, backends: 1 };

  test("is none, full or for trials, and every change has a new version", () => {
    const board = Scoreboard.allocate(shape);
    const versions = new Set([board.readyVersion]);
    expect([board.isReady(0), board.isOnTrial(0)]).toEqual([false, false]);
    for (const [permission, ready, trial] of [
      ["trial", false, true],
      ["full", true, false],
      ["none", false, false],
      ["down", false, false],
    ] as const) {
      board.setPermission(0, permission);
      expect([board.isReady(0), board.isOnTrial(0)]).toEqual([ready, trial]);
      expect(board.isDown(0)).toBe(permission === "down");
      versions.add(board.readyVersion);
    }
    expect(versions.size).toBe(5);
  });

  test("for trials goes to as many requests as there are trials", () => {
    const board = Scoreboard.allocate(shape);
    expect(board.takeTrial(0)).toBe(false);
    board.setTrials(0, 2);
    expect([board.takeTrial(0), board.takeTrial(0), board.takeTrial(0)]).toEqual([
      true,
      true,
      false,
    ]);
    board.giveTrialBack(0);
    expect([board.takeTrial(0), board.takeTrial(0)]).toEqual([true, false]);
  });

  test.each([
    [1, 1, false],
    [0.25, 0.25, true],
    [0, 0, true],
    [2, 1, false],
    [-1, 0, true],
  ])("share %d is %d, held back: %s", (share, expected, isHeldBack) => {
    const board = Scoreboard.allocate(shape);
    board.setShare(0, share);
    expect([board.share(0), board.isHeldBack(0)]).toEqual([expected, isHeldBack]);
  });
});

describe("counts of the last ten seconds", () => {
  test("hold the current second and the ten before it, over all workers", () => {
    const board = Scoreboard.allocate({ workers: 2, pools: 2, backends: 1 });
    for (let second = 100; second < 130; second++) {
      board.count(second % 2, 1, "requests", second * 1000 + 999);
      if (second % 3 === 0) board.count(0, 1, "retries", second * 1000);
    }
    expect(board.counted(1, "requests", 129_000)).toBe(11);
    expect(board.counted(1, "retries", 129_500)).toBe(4);
    expect(board.counted(1, "hedges", 129_500)).toBe(0);
    expect(board.counted(0, "requests", 129_500)).toBe(0);
    expect(board.counted(1, "requests", 134_000)).toBe(6);
    expect(board.counted(1, "requests", 150_000)).toBe(0);
  });

  test("are right for any sequence of moments", () => {
    const gaps = fc.array(fc.nat(4_000), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(gaps, (steps) => {
        const board = Scoreboard.allocate({ workers: 1, pools: 1, backends: 1 });
        let now = 50_000;
        const moments = steps.map((step) => (now += step));
        for (const moment of moments) board.count(0, 0, "requests", moment);
        const current = Math.floor(now / 1000);
        const expected = moments.filter((moment) => Math.floor(moment / 1000) >= current - 10);
        expect(board.counted(0, "requests", now)).toBe(expected.length);
      }),
    );
  });
});

describe("requests that wait", () => {
  test("are counted per worker and pool, and forgotten with their worker", () => {
    const board = Scoreboard.allocate(shape);
    board.setWaiting(1, 2, 7);
    board.setWaiting(2, 2, 3);
    expect([0, 1, 2].map((worker) => board.waitingIn(worker, 2))).toEqual([0, 7, 3]);
    expect(board.waitingIn(1, 1)).toBe(0);
    board.clearWorker(1);
    expect([1, 2].map((worker) => board.waitingIn(worker, 2))).toEqual([0, 3]);
  });

  test("are told that it is their turn, in their worker and for their pool only", async () => {
    const board = Scoreboard.allocate(shape);
    const told: string[] = [];
    const listen = async (worker: number, pool: number): Promise<void> => {
      await board.untilWoken(worker, pool);
      told.push(`${worker}/${pool}`);
    };
    const all = [listen(0, 1), listen(1, 1), listen(1, 0)];
    board.wake(1, 1);
    await all[1];
    expect(told).toEqual(["1/1"]);
    board.wake(0, 1);
    board.wake(1, 0);
    await Promise.all(all);
    expect(told.toSorted()).toEqual(["0/1", "1/0", "1/1"]);
  });
});

test("attempts in flight are known for each worker alone", () => {
  const board = Scoreboard.allocate(shape);
  board.started(1, 4);
  board.started(1, 4);
  board.started(2, 4);
  expect([0, 1, 2].map((worker) => board.inFlightOf(worker, 4))).toEqual([0, 2, 1]);
});

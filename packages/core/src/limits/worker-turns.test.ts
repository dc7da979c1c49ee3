import { describe, expect, test } from "vitest";
import { backends } from "../../test/backends.ts";
import { seeded } from "../../test/strategies.ts";
import { Pool, Scoreboard, WorkerTurns } from "../index.ts";

const pool = new Pool("web", 1, backends(2));

interface Worker {
  readonly waiting: number;
  readonly inFlight: number;
}

function boardOf(workers: readonly Worker[]): Scoreboard {
  const board = Scoreboard.allocate({ workers: workers.length, pools: 2, backends: 2 });
  workers.forEach(({ waiting, inFlight }, worker) => {
    board.setWaiting(worker, pool.index, waiting);
    for (let count = 0; count < inFlight; count++) board.started(worker, count % 2);
  });
  return board;
}

function shares(workers: readonly Worker[], draws = 1_000): number[] {
  const turns = new WorkerTurns(boardOf(workers), seeded(7));
  const counts = workers.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const worker = turns.next(pool);
    if (worker >= 0) counts[worker] = (counts[worker] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

describe("what becomes free goes to", () => {
  test("nobody when nobody waits, and to the only worker with requests that wait", () => {
    expect(shares([{ waiting: 0, inFlight: 5 }])).toEqual([0]);
    const workers = [
      { waiting: 0, inFlight: 0 },
      { waiting: 1, inFlight: 9 },
    ];
    expect(shares(workers)).toEqual([0, 1]);
  });

  test("the worker that has less than its part", () => {
    const workers = [
      { waiting: 50, inFlight: 9 },
      { waiting: 50, inFlight: 0 },
    ];
    expect(shares(workers)).toEqual([0, 1]);
  });

  test("each as often as it has requests waiting, when there is one place for all", () => {
    const [one, other] = shares([
      { waiting: 30, inFlight: 0 },
      { waiting: 10, inFlight: 0 },
    ]);
    expect(one).toBeCloseTo(0.75, 1);
    expect(other).toBeCloseTo(0.25, 1);
  });

  test("requests of another pool count for nothing", () => {
    const board = boardOf([
      { waiting: 1, inFlight: 0 },
      { waiting: 0, inFlight: 0 },
    ]);
    board.setWaiting(1, 0, 100);
    expect(new WorkerTurns(board, seeded(1)).next(pool)).toBe(0);
  });
});

test("places that pass from hand to hand end up where requests wait, whoever had them first", () => {
  const waiting = [60, 30, 10];
  const places = 20;
  const board = boardOf(waiting.map((count) => ({ waiting: count, inFlight: 0 })));
  for (let place = 0; place < places; place++) board.started(2, 0);
  const turns = new WorkerTurns(board, seeded(3));
  const random = seeded(4);
  const held = [0, 0, 0];
  const rounds = 5_000;
  for (let round = 0; round < rounds; round++) {
    const busy = [0, 1, 2].filter((worker) => board.inFlightOf(worker, 0) > 0);
    board.ended(busy[Math.floor(random() * busy.length)] ?? 0, 0);
    board.started(turns.next(pool), 0);
    held.forEach((sum, worker) => (held[worker] = sum + board.inFlightOf(worker, 0)));
  }
  const parts = held.map((sum) => sum / rounds / places);
  [0.6, 0.3, 0.1].forEach((part, worker) => expect(parts[worker]).toBeCloseTo(part, 1));
});

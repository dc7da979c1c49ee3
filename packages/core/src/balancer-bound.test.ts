import { describe, expect, test } from "vitest";
import { backends } from "../test/backends.ts";
import { seeded } from "../test/strategies.ts";
import {
  type AcquireRequest,
  type Backend,
  Balancer,
  type ConcurrencySettings,
  Lease,
  Pool,
  Scoreboard,
  type StrategyName,
  defaultChoice,
  strategyNames,
} from "./index.ts";

const members = backends(3);
const [b0, b1] = members as [Backend, Backend];
const first: AcquireRequest = { hashKey: "", tried: [], isTrialAllowed: true };
const toB1: AcquireRequest = { ...first, bound: b1 };

interface SetUp {
  readonly board: Scoreboard;
  /** The id of the backend, or why there is none; its lease stays. */
  readonly ask: (request: AcquireRequest) => string;
}

function setUp(
  strategy: StrategyName = "first",
  limits?: Partial<ConcurrencySettings>,
  of: readonly Backend[] = members,
): SetUp {
  const board = Scoreboard.allocate({ workers: 1, pools: 1, backends: 3 });
  for (const { slot } of of) board.setReady(slot, true);
  const noLimits = { inFlightPerBackend: null, inFlight: null, adaptive: false };
  const balancer = new Balancer({
    pool: new Pool("web", 0, of),
    strategy: defaultChoice(strategy),
    scoreboard: board,
    worker: 0,
    clock: () => 0,
    random: seeded(1),
    ...(limits === undefined ? {} : { limits: { ...noLimits, ...limits } }),
  });
  const ask = (request: AcquireRequest): string => {
    const result = balancer.acquire(request);
    return result instanceof Lease ? result.backend.id : result;
  };
  return { board, ask };
}

describe("a client that is bound", () => {
  test.each(strategyNames)("goes to its backend whatever %s would do, and is counted", (name) => {
    const { board, ask } = setUp(name);
    expect(Array.from({ length: 20 }, () => ask(toB1))).toEqual(Array(20).fill("b1"));
    expect([board.inFlight(0), board.inFlight(1), board.inFlight(2)]).toEqual([0, 20, 0]);
  });

  test.each<StrategyName>(["least-connections", "power-of-two"])(
    "makes %s send others elsewhere",
    (name) => {
      const { ask } = setUp(name, undefined, members.slice(0, 2));
      for (let turn = 0; turn < 10; turn++) ask(toB1);
      expect(Array.from({ length: 10 }, () => ask(first))).toEqual(Array(10).fill("b0"));
    },
  );

  test("takes no turn of the others", () => {
    const { ask } = setUp("round-robin");
    const ids = [first, toB1, first, toB1, first].map((request) => ask(request));
    expect(ids).toEqual(["b0", "b1", "b1", "b1", "b2"]);
  });

  test("goes to another one when its backend is not ready, down, or on trial", () => {
    for (const permission of ["none", "down", "trial"] as const) {
      const { board, ask } = setUp();
      board.setPermission(1, permission);
      expect(ask(toB1)).toBe("b0");
    }
  });

  test("is not used for the trial of another backend", () => {
    const { board, ask } = setUp();
    board.setPermission(0, "trial");
    board.setTrials(0, 1);
    expect([ask(toB1), ask(first)]).toEqual(["b1", "b0"]);
  });

  test("is not sent again to where it failed", () => {
    const { ask } = setUp();
    expect(ask({ ...toB1, tried: [b1] })).toBe("b0");
    expect(ask({ ...toB1, tried: [b0] })).toBe("b1");
  });

  test("stays at a backend in slow start, with all of its room", () => {
    const { board, ask } = setUp("round-robin", { inFlightPerBackend: 10 });
    board.setShare(1, 0.1);
    expect(Array.from({ length: 10 }, () => ask(toB1))).toEqual(Array(10).fill("b1"));
    expect(ask(toB1)).not.toBe("b1");
  });

  test("stays at a backup although those before it are back", () => {
    const backup = { ...b1, priority: 1 };
    const { ask } = setUp("first", undefined, [b0, backup]);
    expect([ask({ ...first, bound: backup }), ask(first)]).toEqual(["b1", "b0"]);
  });

  test("finds no room where the pool has none", () => {
    const { ask } = setUp("first", { inFlight: 2 });
    expect([ask(toB1), ask(toB1), ask(toB1)]).toEqual(["b1", "b1", "at-capacity"]);
  });
});

describe("a backend that lets its clients finish", () => {
  test("gets them and nobody else", () => {
    const { board, ask } = setUp("round-robin");
    board.setPermission(1, "bound");
    expect([ask(toB1), ask(first), ask(first), ask(first)]).toEqual(["b1", "b0", "b2", "b0"]);
    expect(board.isReady(1)).toBe(false);
    expect(board.isDown(1)).toBe(false);
  });

  test("gets them also when it is the last one", () => {
    const { board, ask } = setUp("round-robin", undefined, [b1]);
    board.setPermission(1, "bound");
    expect([ask(toB1), ask(first)]).toEqual(["b1", "none-ready"]);
  });
});

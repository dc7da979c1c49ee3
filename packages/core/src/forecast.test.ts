import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backend, backends } from "../test/backends.ts";
import { seeded } from "../test/strategies.ts";
import {
  type AcquireRequest,
  Balancer,
  Lease,
  Pool,
  Scoreboard,
  type StrategyName,
  defaultChoice,
  forecast,
  strategyNames,
} from "./index.ts";

const first: AcquireRequest = { hashKey: "", tried: [] };
const now = 1_000;

function boardWith(ready: readonly number[], slots = 8): Scoreboard {
  const board = Scoreboard.allocate({ workers: 2, pools: 1, backends: slots });
  for (const slot of ready) board.setReady(slot, true);
  return board;
}

function ask(
  strategy: StrategyName,
  board: Scoreboard,
  { members = backends(3), request = first, limits = noLimits } = {},
): ReturnType<typeof forecast> {
  return forecast(request, {
    pool: new Pool("web", 0, members),
    strategy: defaultChoice(strategy),
    scoreboard: board,
    random: seeded(7),
    now,
    limits,
  });
}

const noLimits = {
  inFlightPerBackend: null as number | null,
  inFlight: null as number | null,
  adaptive: false,
};

/** Any state that a pool of four can be in. */
const states = fc.record({
  permissions: fc.array(fc.constantFrom("none", "full", "trial", "down", "bound" as const), {
    minLength: 4,
    maxLength: 4,
  }),
  shares: fc.array(fc.constantFrom(1, 0.5), { minLength: 4, maxLength: 4 }),
  inFlight: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
  priorities: fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }),
  limit: fc.constantFrom(null, 2),
  sequence: fc.nat(),
  hashKey: fc.constantFrom("", "somebody"),
  tried: fc.nat(2),
  bound: fc.constantFrom(null, 0, 3),
  strategy: fc.constantFrom(...strategyNames),
});

type State = typeof states extends fc.Arbitrary<infer Value> ? Value : never;

function setUp(state: State): Parameters<typeof forecast> {
  const members = state.priorities.map((priority, index) => backend(index, { priority }));
  const board = boardWith([], 4);
  board.startSequence(0, state.sequence);
  members.forEach(({ slot }, index) => {
    board.setPermission(slot, state.permissions[index] ?? "none");
    board.setTrials(slot, state.permissions[index] === "trial" ? 1 : 0);
    board.setShare(slot, state.shares[index] ?? 1);
    for (let count = 0; count < (state.inFlight[index] ?? 0); count++) board.started(1, slot);
  });
  const request = {
    hashKey: state.hashKey,
    tried: members.slice(0, state.tried),
    isTrialAllowed: true,
    bound: state.bound === null ? null : (members[state.bound] ?? null),
  };
  const limits = { inFlightPerBackend: state.limit, inFlight: null, adaptive: false };
  const strategy = defaultChoice(state.strategy);
  const pool = new Pool("web", 0, members);
  return [request, { pool, strategy, scoreboard: board, random: seeded(1), now, limits }];
}

describe("a forecast", () => {
  test("changes nothing that anybody shares, whatever the strategy and the state", () => {
    fc.assert(
      fc.property(states, (state) => {
        const [request, deps] = setUp(state);
        const before = Buffer.from(deps.scoreboard.buffer).toString("hex");
        forecast(request, deps);
        expect(Buffer.from(deps.scoreboard.buffer).toString("hex")).toBe(before);
      }),
      { numRuns: 60 },
    );
  });

  test("is right about the next request wherever it is sure", () => {
    fc.assert(
      fc.property(states, (state) => {
        const [request, deps] = setUp(state);
        const { chances, refusal } = forecast(request, deps);
        const { pool, strategy, scoreboard, limits } = deps;
        const lease = new Balancer({
          pool,
          strategy,
          scoreboard,
          worker: 0,
          clock: () => now,
          random: seeded(2),
          ...(limits === undefined ? {} : { limits }),
        }).acquire(request);
        if (!(lease instanceof Lease)) {
          expect(refusal).toBe(lease);
          return;
        }
        expect(refusal).toBeNull();
        expect(chances[lease.backend.slot]).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test("gives a chance only to a backend that stands for it", () => {
    const mayServe = new Set(["bound", "candidate", "trial"]);
    fc.assert(
      fc.property(states, (state) => {
        const [request, deps] = setUp(state);
        const { chances, standings } = forecast(request, deps);
        const isLastResort = request.tried.length > 0;
        standings.forEach(({ standing }, index) => {
          const serves = mayServe.has(standing) || (isLastResort && standing === "tried");
          if (!serves) expect([standing, chances[index]]).toEqual([standing, 0]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test("says whose turn it is, and who follows", () => {
    const board = boardWith([0, 1, 2]);
    board.startSequence(0, 7);
    const { chances, nextTurns } = ask("round-robin", board);
    expect(chances).toEqual([0, 1, 0]);
    expect(nextTurns.map(({ id }) => id).slice(0, 4)).toEqual(["b1", "b2", "b0", "b1"]);
  });

  test("knows the shares of strategies that draw", () => {
    const members = [backend(0, { weight: 3 }), backend(1)];
    const [heavy = 0, light = 0] = ask("weighted-random", boardWith([0, 1]), { members }).chances;
    expect(heavy + light).toBeCloseTo(1);
    expect(Math.abs(heavy - 0.75)).toBeLessThan(0.05);
  });

  test("follows a key to its backend, and on when that one fails", () => {
    const board = boardWith([0, 1, 2]);
    const request = { hashKey: "somebody", tried: [] };
    const { chances, keyOrder, nextTurns } = ask("consistent-hash", board, { request });
    const [home] = keyOrder;
    expect(new Set(keyOrder.map(({ id }) => id))).toEqual(new Set(["b0", "b1", "b2"]));
    expect(chances[home?.slot ?? -1]).toBe(1);
    expect(nextTurns).toEqual([]);
    board.setReady(home?.slot ?? -1, false);
    expect(ask("consistent-hash", board, { request }).keyOrder[0]).toEqual(keyOrder[1]);
  });

  test("sees a backend in slow start get less than its turns", () => {
    const board = boardWith([0, 1]);
    board.setShare(0, 0.2);
    const { chances, standings } = ask("round-robin", board, { members: backends(2) });
    expect(standings.map(({ share }) => share.toFixed(3))).toEqual(["0.200", "1.000"]);
    expect(chances[0]).toBeGreaterThan(0.05);
    expect(chances[0]).toBeLessThan(0.2);
  });

  test("says why nobody would be asked", () => {
    expect(ask("random", boardWith([])).refusal).toBe("none-ready");
    const busy = boardWith([0]);
    busy.started(0, 0);
    const limits = { ...noLimits, inFlightPerBackend: 1 };
    const { refusal, standings } = ask("random", busy, { members: backends(2), limits });
    expect(refusal).toBe("at-capacity");
    expect(standings.map(({ standing }) => standing)).toEqual(["at-capacity", "out"]);
  });
});

describe("what a strategy compares", () => {
  test.each([
    ["least-connections", { load: 3 }],
    ["power-of-two", { load: 3 }],
    ["peak-ewma", { latencyMs: 20, scoreMs: 60 }],
    ["least-response-time", { latencyMs: 20, scoreMs: 60 }],
    ["prequal", { load: 3, expectedMs: 60 }],
  ] as const)("%s: requests in flight and what was measured", (strategy, facts) => {
    const board = boardWith([0]);
    board.started(0, 0);
    board.started(1, 0);
    board.setLatency(0, 20, now);
    expect(ask(strategy, board, { members: backends(1) }).standings[0]?.facts).toEqual(facts);
  });

  test.each([
    ["consistent-hash", "pointsBefore"],
    ["ip-hash", "pointsBefore"],
    ["maglev", "slotsBefore"],
  ] as const)("%s: the nearest backend is the one that is picked", (strategy, name) => {
    const request = { hashKey: "somebody", tried: [] };
    const { standings, chances } = ask(strategy, boardWith([0, 1, 2]), { request });
    const nearest = standings.findIndex(({ facts }) => facts[name] === 0);
    expect(chances[nearest]).toBe(1);
  });

  test("rendezvous: the highest score is picked", () => {
    const request = { hashKey: "somebody", tried: [] };
    const { standings, chances } = ask("rendezvous", boardWith([0, 1, 2]), { request });
    const scores = standings.map(({ facts }) => facts["score"] ?? 0);
    expect(chances[scores.indexOf(Math.max(...scores))]).toBe(1);
  });
});

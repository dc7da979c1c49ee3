import * as fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { backend, backends, itemOf, spread } from "../test/backends.ts";
import { noRandom, scripted } from "../test/scripted.ts";
import {
  Balancer,
  Lease,
  Pool,
  Scoreboard,
  defaultChoice,
  strategies,
  type Backend,
  type Clock,
  type PickContext,
  type Random,
  type Strategy,
  type StrategyDeps,
  type StrategyName,
} from "./index.ts";

const workers = 4;
const shape = { workers, pools: 2, backends: 12 };
const first = { hashKey: "", tried: [] };

function boardWith(readySlots: readonly number[]): Scoreboard {
  const board = Scoreboard.allocate(shape);
  for (const slot of readySlots) board.setReady(slot, true);
  return board;
}

interface Setup {
  readonly members: readonly Backend[];
  readonly board: Scoreboard;
  readonly worker?: number;
  readonly random?: Random;
  readonly poolIndex?: number;
  readonly clock?: Clock;
  readonly strategy?: StrategyName;
}

function balancerOf(setup: Setup): Balancer {
  const { members, board, worker = 0, random = noRandom, poolIndex = 0, clock = () => 0 } = setup;
  const { strategy = "round-robin" } = setup;
  return new Balancer({
    pool: new Pool("web", poolIndex, members),
    strategy: defaultChoice(strategy),
    scoreboard: Scoreboard.attach(board.buffer),
    worker,
    clock,
    random,
  });
}

function granted(result: Lease | string): Lease {
  if (!(result instanceof Lease)) throw new Error(`refused: ${result}`);
  return result;
}

describe("refusals", () => {
  test("a pool without members is an empty pool", () => {
    expect(balancerOf({ members: [], board: boardWith([0]) }).acquire(first)).toBe("empty-pool");
  });

  test("a pool whose members are all unready has none ready, and nothing is in flight", () => {
    const board = boardWith([5]);
    expect(balancerOf({ members: backends(3), board }).acquire(first)).toBe("none-ready");
    expect(board.inFlight(0)).toBe(0);
  });

  test("a refusal does not advance the sequence", () => {
    const board = boardWith([]);
    const balancer = balancerOf({ members: backends(3), board });
    balancer.acquire(first);
    expect(board.nextSequence(0)).toBe(0);
  });
});

describe("round robin over workers", () => {
  test("takes each ready backend in turn, whichever worker asks", () => {
    const board = boardWith([0, 2]);
    const balancers = [0, 1].map((worker) => balancerOf({ members: backends(3), board, worker }));
    const ids = [0, 1, 1, 0, 1].map(
      (worker) => granted(itemOf(balancers, worker).acquire(first)).backend.id,
    );
    expect(ids).toEqual(["b0", "b2", "b0", "b2", "b0"]);
  });

  test("counts differ by at most 1, whatever the interleaving, while the ready set is constant", () => {
    const cases = fc.record({
      ready: fc.subarray([...backends(12).keys()], { minLength: 1 }),
      order: fc.array(fc.nat(workers - 1), { maxLength: 200 }),
    });
    fc.assert(
      fc.property(cases, ({ ready, order }) => {
        const board = boardWith(ready);
        const balancers = [0, 1, 2, 3].map((worker) =>
          balancerOf({ members: backends(12), board, worker }),
        );
        const counts = new Map(ready.map((slot) => [slot, 0]));
        for (const worker of order) {
          const { slot } = granted(itemOf(balancers, worker).acquire(first)).backend;
          counts.set(slot, (counts.get(slot) ?? 0) + 1);
        }
        expect(counts.size).toBe(ready.length);
        expect(spread(counts.values())).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("pools do not share a sequence", () => {
    const board = boardWith([0, 1, 2, 3]);
    const one = balancerOf({ members: backends(2), board });
    const other = balancerOf({ members: backends(2, 2), board, poolIndex: 1 });
    const slots = [one, other, one, other].map((b) => granted(b.acquire(first)).backend.slot);
    expect(slots).toEqual([0, 2, 1, 3]);
  });
});

describe("retries", () => {
  test("never return to a tried backend while another one is ready", () => {
    const cases = fc.record({
      ready: fc.subarray([...backends(6).keys()], { minLength: 1 }),
      tried: fc.subarray(backends(6), { minLength: 1 }),
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ ready, tried, chance }) => {
        const board = boardWith(ready);
        const balancer = balancerOf({ members: backends(6), board, random: () => chance });
        const { backend } = granted(balancer.acquire({ hashKey: "", tried }));
        const isTried = (slot: number): boolean => tried.some((other) => other.slot === slot);
        expect(ready).toContain(backend.slot);
        expect(isTried(backend.slot)).toBe(ready.every(isTried));
        expect(balancer.hasUntried(tried)).toBe(!ready.every(isTried));
        expect(balancer.isWhole).toBe(ready.length === 6);
      }),
    );
  });

  test("know a tried backend by its id, also when a reload replaced the object", () => {
    const board = boardWith([0, 1]);
    const members = [backend(0, { weight: 9 }), backend(1)];
    const balancer = balancerOf({ members, board, random: () => 0 });
    expect(granted(balancer.acquire({ hashKey: "", tried: [backend(0)] })).backend.id).toBe("b1");
  });

  test("may return to the only ready backend", () => {
    const board = boardWith([1]);
    const members = backends(3);
    const balancer = balancerOf({ members, board, random: () => 0.5 });
    expect(granted(balancer.acquire({ hashKey: "", tried: members })).backend.id).toBe("b1");
  });

  test("take a random one of the rest and leave the shared sequence alone", () => {
    const board = boardWith([0, 1, 2]);
    const members = backends(3);
    const random = scripted(0, 1 - 2 ** -32, 1 / 2 ** 32);
    const balancer = balancerOf({ members, board, random });
    const ids = [0, 1, 2].map(
      () => granted(balancer.acquire({ hashKey: "", tried: [backend(0)] })).backend.id,
    );
    expect(ids).toEqual(["b1", "b2", "b2"]);
    expect(board.nextSequence(0)).toBe(0);
  });

  test("of a failing backend's requests do not keep the first attempts on it", () => {
    const board = boardWith([0, 1]);
    const members = backends(2);
    const balancer = balancerOf({ members, board, random: () => 0 });
    const firstAttempts: string[] = [];
    for (let request = 0; request < 6; request++) {
      const { backend } = granted(balancer.acquire(first));
      firstAttempts.push(backend.id);
      if (backend.slot === 0) balancer.acquire({ hashKey: "", tried: [backend] });
    }
    expect(firstAttempts).toEqual(["b0", "b1", "b0", "b1", "b0", "b1"]);
  });
});

describe("in flight", () => {
  test("rises with acquire and falls with release", () => {
    const board = boardWith([0]);
    const balancer = balancerOf({ members: backends(1), board });
    const leases = [1, 2, 3].map(() => granted(balancer.acquire(first)));
    expect(board.inFlight(0)).toBe(3);
    for (const lease of leases) lease.release({ kind: "canceled" });
    expect(board.inFlight(0)).toBe(0);
  });
});

describe("a strategy", () => {
  /** Takes a registered name's place for one test; picks the first ready backend. */
  class Witness implements Strategy {
    readonly contexts: PickContext[] = [];
    members: readonly Backend[] = [];
    deps: StrategyDeps | undefined;

    constructor() {
      const spy = vi.spyOn(strategies["round-robin"], "create").mockImplementation((deps) => {
        this.deps = deps;
        return this;
      });
      onTestFinished(() => spy.mockRestore());
    }

    rebuild(members: readonly Backend[]): void {
      this.members = members;
    }

    pick(ready: readonly Backend[], context: PickContext): Backend | undefined {
      this.contexts.push({ ...context });
      return ready[0];
    }
  }

  test("knows the members, not only the ready ones, before the first pick", () => {
    const witness = new Witness();
    balancerOf({ members: backends(3), board: boardWith([1]) });
    expect(witness.members).toEqual(backends(3));
  });

  test("sees one time per decision and the request's hash key", () => {
    const witness = new Witness();
    const balancer = balancerOf({
      members: backends(2),
      board: boardWith([0]),
      clock: scripted(10, 20),
    });
    balancer.acquire({ hashKey: "ann", tried: [] });
    balancer.acquire({ hashKey: "bob", tried: [backend(1)] });
    expect(witness.contexts).toEqual([
      { now: 10, hashKey: "ann", isRetry: false },
      { now: 20, hashKey: "bob", isRetry: true },
    ]);
  });

  test("sees what is in flight over all workers", () => {
    const witness = new Witness();
    const board = boardWith([0, 1]);
    balancerOf({ members: backends(2), board });
    board.started(0, 1);
    board.started(3, 1);
    expect(witness.deps?.inFlight(backend(1))).toBe(2);
  });

  test("that picks nothing leaves none ready and nothing in flight", () => {
    const witness = new Witness();
    const board = boardWith([0]);
    const balancer = balancerOf({ members: backends(1), board });
    vi.spyOn(witness, "pick").mockReturnValue(undefined);
    expect(balancer.acquire(first)).toBe("none-ready");
    expect(board.inFlight(0)).toBe(0);
  });
});

describe("what the scoreboard has no row for", () => {
  const outOfRange = expect.objectContaining({ code: "EVENKEEL_OUT_OF_RANGE" });
  const board = boardWith([]);

  test.each([
    ["worker", { members: backends(1), board, worker: workers }],
    ["pool", { members: backends(1), board, poolIndex: 2 }],
    ["slot", { members: backends(1, 12), board }],
  ])("is refused when the balancer is built: %s", (_, setup) => {
    expect(() => balancerOf(setup)).toThrow(outOfRange);
  });
});

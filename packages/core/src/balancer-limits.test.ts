import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backend, backends } from "../test/backends.ts";
import { seeded } from "../test/strategies.ts";
import {
  Balancer,
  Lease,
  Pool,
  Scoreboard,
  defaultChoice,
  strategyNames,
  type AcquireRequest,
  type Backend,
  type ConcurrencySettings,
  type Refusal,
  type StrategyName,
} from "./index.ts";

const first: AcquireRequest = { hashKey: "", tried: [], isTrialAllowed: true };
const noLimits: ConcurrencySettings = { inFlightPerBackend: null, inFlight: null, adaptive: false };

interface SetUp {
  readonly board: Scoreboard;
  readonly balancers: readonly Balancer[];
  readonly releases: () => number;
  readonly acquire: (request?: AcquireRequest) => Lease;
  /** All that are granted until it is at capacity. */
  readonly fill: () => Lease[];
}

function setUp(
  members: readonly Backend[],
  limits: Partial<ConcurrencySettings>,
  strategy: StrategyName = "round-robin",
  workers = 1,
): SetUp {
  const board = Scoreboard.allocate({ workers, pools: 1, backends: members.length });
  for (const { slot } of members) board.setReady(slot, true);
  let now = 0;
  let releases = 0;
  const balancers = Array.from({ length: workers }, (_, worker) => {
    return new Balancer({
      pool: new Pool("web", 0, members),
      strategy: defaultChoice(strategy),
      scoreboard: board,
      worker,
      clock: () => now++,
      random: seeded(worker + 1),
      limits: { ...noLimits, ...limits },
      released: () => releases++,
    });
  });
  const [balancer] = balancers as [Balancer];
  const acquire = (request: AcquireRequest = first): Lease => {
    const result = balancer.acquire(request);
    if (!(result instanceof Lease)) throw new Error(`refused: ${result}`);
    return result;
  };
  const fill = (): Lease[] => {
    const leases: Lease[] = [];
    for (;;) {
      const result = balancer.acquire({ ...first, hashKey: `key-${leases.length}` });
      if (!(result instanceof Lease)) {
        expect(result).toBe("at-capacity");
        return leases;
      }
      leases.push(result);
    }
  };
  return { board, balancers, releases: () => releases, acquire, fill };
}

describe("a limit per backend", () => {
  test.each(strategyNames)("%s fills every backend up to it and none beyond", (name) => {
    const { board, fill } = setUp(backends(4), { inFlightPerBackend: 3 }, name);
    expect(fill()).toHaveLength(12);
    expect([0, 1, 2, 3].map((slot) => board.inFlight(slot))).toEqual([3, 3, 3, 3]);
  });

  test("gives the place that a released lease leaves to the next one, and says that it was left", () => {
    const { acquire, fill, releases } = setUp(backends(2), { inFlightPerBackend: 2 });
    const [lease] = fill();
    expect(lease?.release({ kind: "canceled" })).toBe(true);
    expect(lease?.release({ kind: "canceled" })).toBe(false);
    expect(releases()).toBe(1);
    expect(acquire().backend).toBe(lease?.backend);
  });

  test("sends a retry to another one with room, and lets it wait when only those tried have any", () => {
    const { acquire, balancers } = setUp(backends(2), { inFlightPerBackend: 1 });
    const [b0, b1] = [backend(0), backend(1)];
    expect(acquire({ ...first, tried: [b0] }).backend.id).toBe("b1");
    expect(balancers[0]?.acquire({ ...first, tried: [b0] })).toBe("at-capacity");
    expect(acquire({ ...first, tried: [b1] }).backend.id).toBe("b0");
  });

  test("does not wake backends that are for failures", () => {
    const members = [backend(0), backend(1, { priority: 1 })];
    const { fill } = setUp(members, { inFlightPerBackend: 2 });
    expect(fill().map((lease) => lease.backend.id)).toEqual(["b0", "b0"]);
  });

  test("counts a backend on trial, too", () => {
    const { board, acquire, fill } = setUp(backends(2), { inFlightPerBackend: 1 });
    board.setPermission(1, "trial");
    board.setTrials(1, 2);
    expect(acquire().backend.id).toBe("b1");
    expect(fill().map((lease) => lease.backend.id)).toEqual(["b0"]);
  });

  test("grows with the share of a backend in slow start, from one", () => {
    const { board, fill } = setUp(backends(1), { inFlightPerBackend: 10 });
    const sizes = [0.01, 0.25, 0.5, 1].map((share) => {
      board.setShare(0, share);
      const leases = fill();
      for (const lease of leases) lease.release({ kind: "canceled" });
      return leases.length;
    });
    expect(sizes).toEqual([1, 2, 5, 10]);
  });

  test("lets a backend in slow start have what the others have no room for", () => {
    const { board, fill } = setUp(backends(2), { inFlightPerBackend: 4 });
    board.setShare(1, 0.5);
    expect(fill()).toHaveLength(6);
    expect([board.inFlight(0), board.inFlight(1)]).toEqual([4, 2]);
  });
});

describe("a limit of the pool", () => {
  test("holds over all backends and all workers", () => {
    const { balancers, fill } = setUp(backends(3), { inFlight: 5 }, "least-connections", 2);
    expect(balancers[1]?.acquire(first)).toBeInstanceOf(Lease);
    expect(fill()).toHaveLength(4);
    expect(balancers[1]?.acquire(first)).toBe("at-capacity");
  });

  test("holds for trials as well", () => {
    const { board, balancers, acquire } = setUp(backends(2), { inFlight: 1 });
    board.setPermission(1, "trial");
    board.setTrials(1, 5);
    acquire();
    expect(balancers[0]?.acquire(first)).toBe("at-capacity");
  });
});

test("that there is no backend is said rather than that there is no room", () => {
  const { board, balancers, fill } = setUp(backends(1), { inFlightPerBackend: 1, inFlight: 1 });
  fill();
  expect(balancers[0]?.hasRoom).toBe(false);
  board.setReady(0, false);
  expect(balancers[0]?.hasRoom).toBe(true);
  expect(balancers[0]?.acquire(first)).toBe("none-ready");
});

test("keys stay with their backends while those have room, and come back when they have it again", () => {
  const { acquire } = setUp(backends(5), { inFlightPerBackend: 2 }, "consistent-hash");
  const request = { ...first, hashKey: "somebody" };
  const own = [acquire(request), acquire(request)];
  expect(own[0]?.backend).toBe(own[1]?.backend);
  const elsewhere = acquire(request);
  expect(elsewhere.backend).not.toBe(own[0]?.backend);
  // Along the ring, so that the next one of this key finds the same.
  expect(acquire(request).backend).toBe(elsewhere.backend);
  own[0]?.release({ kind: "canceled" });
  expect(acquire(request).backend).toBe(own[0]?.backend);
});

test("waiting for room draws no turn: those who get it have theirs one after the other", () => {
  const { fill, balancers } = setUp(backends(3), { inFlightPerBackend: 1 });
  const turn = (): string[] => {
    const leases = fill();
    balancers[0]?.acquire(first);
    for (const lease of leases) lease.release({ kind: "canceled" });
    return leases.map(({ backend }) => backend.id);
  };
  expect([turn(), turn()]).toEqual([
    ["b0", "b1", "b2"],
    ["b0", "b1", "b2"],
  ]);
});

describe("an adaptive limit", () => {
  const settings = { adaptive: true };

  /** Requests one after the other at a limit in full use, each answered after so long. */
  function serve(pool: SetUp, count: number, answer: (lease: Lease) => void): void {
    const leases = pool.fill();
    for (let index = 0; index < count; index++) {
      const lease = leases[index % leases.length];
      if (lease === undefined) return;
      answer(lease);
      lease.release({ kind: "canceled" });
      const next = pool.balancers[0]?.acquire(first);
      if (next instanceof Lease) leases[index % leases.length] = next;
    }
    for (const lease of leases) lease.release({ kind: "canceled" });
  }

  test("grows with good answers, for its own worker", () => {
    const pool = setUp(backends(1), settings, "round-robin", 2);
    const before = pool.fill();
    for (const lease of before) lease.release({ kind: "canceled" });
    serve(pool, 1_000, (lease) => lease.answered(200));
    expect(pool.fill().length).toBeGreaterThan(before.length);
    expect(pool.balancers[1]?.hasRoom).toBe(true);
  });

  test.each([404, 429, 500])(
    "does not grow with answers of status %d, which are fast",
    (status) => {
      const pool = setUp(backends(1), settings);
      const before = pool.fill();
      for (const lease of before) lease.release({ kind: "canceled" });
      serve(pool, 1_000, (lease) => lease.answered(status));
      expect(pool.fill()).toHaveLength(before.length);
    },
  );

  test("never goes beyond the limit per backend", () => {
    const pool = setUp(backends(1), { ...settings, inFlightPerBackend: 3 });
    serve(pool, 1_000, (lease) => lease.answered(200));
    expect(pool.fill()).toHaveLength(3);
  });
});

describe("with several workers", () => {
  const workers = 3;
  const members = backends(2);
  const limits = { inFlightPerBackend: 2, inFlight: 3 };
  const step = fc.record({ worker: fc.nat(workers - 1), isRelease: fc.boolean() });

  test("one after the other, no limit is ever exceeded", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.constantFrom(...strategyNames), run),
      { seed: 5, numRuns: 150 },
    );
  });

  function run(steps: readonly { worker: number; isRelease: boolean }[], name: StrategyName): void {
    const { board, balancers } = setUp(members, limits, name, workers);
    const open: Lease[][] = balancers.map(() => []);
    for (const { worker, isRelease } of steps) {
      const leases = open[worker] ?? [];
      if (isRelease) leases.shift()?.release({ kind: "canceled" });
      else note(balancers[worker]?.acquire(first), leases);
      const counts = members.map(({ slot }) => board.inFlight(slot));
      expect(Math.max(...counts)).toBeLessThanOrEqual(limits.inFlightPerBackend);
      expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(limits.inFlight);
    }
  }

  function note(result: Lease | Refusal | undefined, leases: Lease[]): void {
    if (result instanceof Lease) leases.push(result);
    else expect(result).toBe("at-capacity");
  }
});

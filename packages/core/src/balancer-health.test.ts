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
} from "./index.ts";

const first: AcquireRequest = { hashKey: "", tried: [], isTrialAllowed: true };

function setUp(
  members: readonly Backend[],
  strategy = "round-robin" as (typeof strategyNames)[number],
) {
  const board = Scoreboard.allocate({ workers: 1, pools: 1, backends: members.length });
  for (const { slot } of members) board.setReady(slot, true);
  let now = 0;
  const balancer = new Balancer({
    pool: new Pool("web", 0, members),
    strategy: defaultChoice(strategy),
    scoreboard: board,
    worker: 0,
    clock: () => now++,
    random: seeded(1),
  });
  const acquire = (request: AcquireRequest = first): Lease => {
    const result = balancer.acquire(request);
    if (!(result instanceof Lease)) throw new Error(`refused: ${result}`);
    return result;
  };
  return { board, balancer, acquire };
}

describe("a backend on trial", () => {
  test("gets the next request that may be sent there, as often as there are trials, and no other", () => {
    const { board, acquire } = setUp(backends(3));
    board.setPermission(1, "trial");
    board.setTrials(1, 1);
    const picked = Array.from({ length: 30 }, () => acquire().backend.id);
    expect(picked.filter((id) => id === "b1")).toEqual(["b1"]);
    expect(picked[0]).toBe("b1");
  });

  test("gets nothing that could not be repeated, and no retry", () => {
    const { board, acquire } = setUp(backends(2));
    board.setPermission(1, "trial");
    board.setTrials(1, 5);
    expect(acquire({ ...first, isTrialAllowed: false }).backend.id).toBe("b0");
    expect(acquire({ ...first, tried: [backend(0)] }).backend.id).toBe("b0");
    expect(acquire().backend.id).toBe("b1");
  });

  test("alone in its pool serves trials and refuses the rest", () => {
    const { board, balancer, acquire } = setUp(backends(1));
    board.setPermission(0, "trial");
    board.setTrials(0, 1);
    expect(acquire().backend.id).toBe("b0");
    expect(balancer.acquire(first)).toBe("none-ready");
  });
});

describe("slow start", () => {
  const requests = 4_000;
  const unkeyed = strategyNames.filter((name) => !["first", "maglev"].includes(name));

  test.each(unkeyed)(
    "%s gives a backend at a quarter no more than a quarter of its share",
    (name) => {
      const members = backends(4);
      const { board, acquire } = setUp(members, name);
      board.setShare(2, 0.25);
      let held = 0;
      for (let turn = 0; turn < requests; turn++) {
        const lease = acquire({ ...first, hashKey: "" });
        if (lease.backend.id === "b2") held++;
        // The one in slow start always looks idle, and fast.
        lease.answered(200);
        lease.release({ kind: "response", status: 200, latencyMs: 1 });
      }
      expect(held).toBeLessThanOrEqual((requests / 4) * 0.25 + 2);
      if (name === "round-robin") expect(held).toBeGreaterThan((requests / 4) * 0.25 - 2);
    },
  );

  test.each(["consistent-hash", "rendezvous", "maglev", "ip-hash"] as const)(
    "of %s brings keys back one by one, each once and for good",
    (name) => {
      const { board, acquire } = setUp(backends(4), name);
      const keys = Array.from({ length: 400 }, (_, index) => `key-${index}`);
      const homeOf = (hashKey: string): string => {
        const lease = acquire({ ...first, hashKey });
        lease.release({ kind: "canceled" });
        return lease.backend.id;
      };
      const homes = keys.map(homeOf);
      const returned = [0.1, 0.25, 0.5, 0.75, 1].map((share) => {
        board.setShare(2, share);
        const now = keys.map(homeOf);
        expect(keys.map(homeOf)).toEqual(now);
        now.forEach((id, index) => {
          if (homes[index] !== "b2") expect(id).toBe(homes[index]);
        });
        return new Set(keys.filter((_, index) => now[index] === "b2"));
      });
      returned.slice(1).forEach((later, index) => {
        for (const key of returned[index] ?? []) expect(later).toContain(key);
      });
      const orphans = homes.filter((id) => id === "b2").length;
      expect(returned.map(({ size }) => size / orphans)).toEqual([
        expect.closeTo(0.1, 0.8) as number,
        expect.closeTo(0.25, 0.8) as number,
        expect.closeTo(0.5, 0.8) as number,
        expect.closeTo(0.75, 0.8) as number,
        1,
      ]);
    },
  );

  test("holds back by weight where there are weights", () => {
    const members = [backend(0, { weight: 1 }), backend(1, { weight: 3 })];
    const { board, acquire } = setUp(members, "weighted-round-robin");
    board.setShare(1, 0.5);
    let held = 0;
    for (let turn = 0; turn < requests; turn++) {
      const lease = acquire();
      if (lease.backend.id === "b1") held++;
      lease.release({ kind: "canceled" });
    }
    expect(held / requests).toBeCloseTo(0.375, 2);
  });

  test("does not refuse when nobody else is ready", () => {
    const { board, acquire } = setUp(backends(2));
    board.setShare(0, 0.1);
    board.setShare(1, 0.1);
    for (let turn = 0; turn < 20; turn++) acquire();
  });

  test("does not save up a burst while there are no requests for it", () => {
    const { board, acquire } = setUp(backends(2), "least-connections");
    board.setShare(1, 0.5);
    board.setReady(1, false);
    const busy = Array.from({ length: 100 }, () => acquire());
    board.setReady(1, true);
    const next = Array.from({ length: 8 }, () => acquire().backend.id);
    expect(next.filter((id) => id === "b1").length).toBeLessThanOrEqual(3);
    expect(busy).toHaveLength(100);
  });
});

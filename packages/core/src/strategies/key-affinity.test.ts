import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countsOf, keys, ownersOf, weighted } from "../../test/affinity.ts";
import { backend, backends } from "../../test/backends.ts";
import { noRandom } from "../../test/scripted.ts";
import { firstAttempt, picks, strategyOf } from "../../test/strategies.ts";
import {
  Balancer,
  Pool,
  Scoreboard,
  defaultChoice,
  hashKeyOf,
  strategyNames,
  type Backend,
  type Strategy,
  type StrategyName,
} from "../index.ts";

const hashing = strategyNames.filter((name) => hashKeyOf(defaultChoice(name)) !== undefined);
const clients = keys(300);

function strategyFor(name: StrategyName, members: readonly Backend[]): Strategy {
  const strategy = strategyOf(name);
  strategy.rebuild(members);
  return strategy;
}

/** Members of random weights, and some of them that are ready. */
const pools = fc
  .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 })
  .map((weights) => weighted(...weights))
  .chain((members) =>
    fc.record({
      members: fc.constant(members),
      ready: fc.subarray(members, { minLength: 1 }),
      shuffled: fc.shuffledSubarray(members, { minLength: members.length }),
    }),
  );
const runs = { numRuns: 25 };

test("the strategies that hash are these", () => {
  expect(hashing).toEqual(["ip-hash", "consistent-hash", "maglev", "rendezvous"]);
});

describe.each(hashing)("%s", (name) => {
  test("sends a key to the same backend whatever the order and the slots of the members", () => {
    fc.assert(
      fc.property(pools, ({ members, shuffled }) => {
        const elsewhere = shuffled.map((member, slot) => ({ ...member, slot }));
        expect(ownersOf(strategyFor(name, elsewhere), elsewhere, clients)).toEqual(
          ownersOf(strategyFor(name, members), members, clients),
        );
      }),
      runs,
    );
  });

  test("while backends are not ready only their keys move, and move back", () => {
    fc.assert(
      fc.property(pools, ({ members, ready }) => {
        const strategy = strategyFor(name, members);
        const before = ownersOf(strategy, members, clients);
        const readyIds = new Set(ready.map(({ id }) => id));
        ownersOf(strategy, ready, clients).forEach((owner, index) => {
          const home = before[index] ?? "";
          expect(readyIds.has(home) ? owner : home).toBe(home);
          expect(readyIds).toContain(owner);
        });
        expect(ownersOf(strategy, members, clients)).toEqual(before);
      }),
      runs,
    );
  });

  test("a lost backend's keys go to all others, as their weights say", () => {
    const members = weighted(5, 1, 2, 4);
    const strategy = strategyFor(name, members);
    const all = keys(20_000);
    const before = ownersOf(strategy, members, all);
    const lost = all.filter((_, index) => before[index] === "b0");
    const shares = countsOf(ownersOf(strategy, members.slice(1), lost), members.slice(1)).map(
      (count) => count / lost.length,
    );
    shares.forEach((share, index) => {
      expect(Math.abs(share - ([1, 2, 4][index] ?? 0) / 7)).toBeLessThan(0.06);
    });
  });

  test("a retry goes where the key goes without the tried backend, and disturbs nobody", () => {
    fc.assert(
      fc.property(pools, ({ members, ready }) => {
        const strategy = strategyFor(name, members);
        const before = ownersOf(strategy, members, clients);
        const retries = ownersOf(strategy, ready, clients, { isRetry: true });
        expect(ownersOf(strategy, members, clients)).toEqual(before);
        expect(retries).toEqual(ownersOf(strategy, ready, clients));
      }),
      runs,
    );
  });

  test("a balancer's retries visit every other backend before one again", () => {
    const members = backends(5);
    const scoreboard = Scoreboard.allocate({ workers: 1, pools: 1, backends: 5 });
    for (const { slot } of members) scoreboard.setReady(slot, true);
    const pool = new Pool("web", 0, members);
    const strategy = defaultChoice(name);
    const deps = { pool, strategy, scoreboard, worker: 0, clock: () => 0, random: noRandom };
    const balancer = new Balancer(deps);
    for (const hashKey of clients.slice(0, 20)) {
      const tried: Backend[] = [];
      while (tried.length < 5) {
        const lease = balancer.acquire({ hashKey, tried });
        if (typeof lease === "string") throw new Error(lease);
        tried.push(lease.backend);
      }
      expect(new Set(tried).size).toBe(5);
    }
  });

  test("reads a retry's list anew although it is the same array", () => {
    const strategy = strategyFor(name, backends(5));
    const passing = backends(5);
    while (passing.length > 0) {
      const owners = ownersOf(strategy, passing, clients, { isRetry: true });
      expect(owners.every((owner) => passing.some(({ id }) => id === owner))).toBe(true);
      passing.pop();
    }
  });

  test("follows changed members although the ready list is the same array", () => {
    const ready = backends(6);
    const strategy = strategyFor(name, ready);
    ownersOf(strategy, ready, clients);
    const members = [backend(7), ...ready.toReversed()];
    strategy.rebuild(members);
    const fresh = strategyFor(name, members);
    expect(ownersOf(strategy, ready, clients)).toEqual(ownersOf(fresh, ready, clients));
  });

  test("gives each backend its share by weight", () => {
    const members = weighted(1, 2, 3, 10);
    const counts = countsOf(ownersOf(strategyFor(name, members), members, keys(40_000)), members);
    [1, 2, 3, 10].forEach((weight, index) => {
      const share = (counts[index] ?? 0) / 40_000;
      expect(Math.abs(share / (weight / 16) - 1)).toBeLessThan(0.2);
    });
  });

  test("needs no chance for a key, and only chance, by weight, without one", () => {
    const members = weighted(6, 1, 3);
    const steps = 10_000;
    let step = 0;
    const strategy = strategyOf(name, { random: () => (step++ + 0.5) / steps });
    strategy.rebuild(members);
    ownersOf(strategy, members, clients);
    expect(step).toBe(0);
    expect(countsOf(picks(strategy, members, steps), members)).toEqual([6_000, 1_000, 3_000]);
  });

  test("of a pool that has nobody, or that it was never told of, it makes the best", () => {
    const strategy = strategyFor(name, []);
    expect(strategy.pick([], { ...firstAttempt, hashKey: "ann" })).toBeUndefined();
    const strangers = strategyOf(name, { random: () => 0.9 });
    strangers.rebuild([backend(7)]);
    expect(ownersOf(strangers, backends(2), ["ann"])).toEqual(["b1"]);
  });
});

describe.each(["ip-hash", "consistent-hash", "rendezvous"] as const)("%s", (name) => {
  test("when a backend joins or leaves, no key moves but its own", () => {
    fc.assert(
      fc.property(pools, ({ members, ready }) => {
        const more = ownersOf(strategyFor(name, members), members, clients);
        const fewer = ownersOf(strategyFor(name, ready), ready, clients);
        const stays = new Set(ready.map(({ id }) => id));
        more.forEach((owner, index) => {
          if (stays.has(owner)) expect(fewer[index]).toBe(owner);
        });
      }),
      runs,
    );
  });

  test("a backend that is not ready is as good as none", () => {
    fc.assert(
      fc.property(pools, ({ members, ready }) => {
        expect(ownersOf(strategyFor(name, members), ready, clients)).toEqual(
          ownersOf(strategyFor(name, ready), ready, clients),
        );
      }),
      runs,
    );
  });

  test("a changed weight moves keys only to or from that backend, in the direction of the change", () => {
    fc.assert(
      fc.property(pools, fc.integer({ min: 1, max: 20 }), ({ members }, weight) => {
        const [one, ...others] = members;
        if (one === undefined) return;
        const changed = [{ ...one, weight }, ...others];
        const before = ownersOf(strategyFor(name, members), members, clients);
        const after = ownersOf(strategyFor(name, changed), changed, clients);
        const moved = before.flatMap((owner, at) => (owner === after[at] ? [] : [{ owner, at }]));
        for (const { owner, at } of moved) {
          expect(weight > one.weight ? after[at] : owner).toBe(one.id);
        }
      }),
      runs,
    );
  });
});

describe("the key of a choice", () => {
  test("is the chosen one of a strategy that has the option", () => {
    const key = { from: "header", name: "x-user" } as const;
    for (const type of ["consistent-hash", "maglev", "rendezvous"] as const) {
      const { options } = defaultChoice(type);
      expect(hashKeyOf({ type, options: { ...options, key } })).toEqual(key);
      expect(hashKeyOf({ type, options })).toEqual({ from: "client-ip" });
    }
  });

  test("is always the client's address for ip-hash, which has no option", () => {
    expect(defaultChoice("ip-hash").options).toEqual({});
    expect(hashKeyOf(defaultChoice("ip-hash"))).toEqual({ from: "client-ip" });
  });

  test("is none where nothing is hashed", () => {
    const others = strategyNames.filter((name) => !hashing.includes(name));
    expect(others.map((name) => hashKeyOf(defaultChoice(name)))).toEqual(
      others.map(() => undefined),
    );
  });
});

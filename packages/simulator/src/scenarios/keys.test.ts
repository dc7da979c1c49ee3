import { defaultChoice, type StrategyName } from "@evenkeel/core";
import { Balancer, Lease, Pool, Scoreboard } from "@evenkeel/core";
import { describe, expect, test } from "vitest";
import { ScenarioRuns } from "../../test/scenario-runs.ts";
import { hashingNames } from "../contenders/registered.ts";
import { keyText } from "../engine/key-source.ts";

describe("J: keys by Zipf's law", () => {
  const runs = new ScenarioRuns("j-keys", "Zipf 1", { seeds: [1], requests: 60_000 });

  test.each(hashingNames)(
    "%s sends every key where it was before, and its hot keys with it",
    (name) => {
      expect(runs.mean(name, ({ affinity }) => affinity)).toBe(1);
      expect(runs.mean(name, ({ imbalance }) => imbalance)).toBeGreaterThan(1.5);
    },
  );

  test("a bound on the load trades affinity for evenness, the tighter the more", () => {
    const names = [200, 150, 125, 110].map((bound) => `consistent-hash, bound ${bound} %`);
    const affinities = names.map((name) => runs.mean(name, ({ affinity }) => affinity));
    const imbalances = names.map((name) => runs.mean(name, ({ imbalance }) => imbalance));
    const falling = (values: readonly number[]): readonly number[] =>
      values.toSorted((one, other) => other - one);
    expect(affinities).toEqual(falling(affinities));
    expect(imbalances).toEqual(falling(imbalances));
    // The bound itself, and what one request more makes of it.
    names.forEach((name, index) => {
      const bound = [2, 1.5, 1.25, 1.1][index] ?? 0;
      expect(runs.mean(name, ({ imbalance }) => imbalance)).toBeLessThan(bound + 0.03);
    });
  });

  test("without a key's help least connections returns to a backend as often as chance", () => {
    expect(runs.mean("least-connections", ({ affinity }) => affinity)).toBeCloseTo(0.1, 1);
  });
});

test("J: with many equal keys shares differ as hashing says: maglev by 1 %, a ring of 160 by 8 %", () => {
  const runs = new ScenarioRuns("j-keys", "all keys equal", { seeds: [1], requests: 60_000 });
  const imbalance = (name: string): number => runs.mean(name, (result) => result.imbalance);
  // Three deviations of a share of 54,000 requests are 4 %.
  expect(imbalance("maglev")).toBeLessThan(1.01 + 0.04);
  expect(imbalance("rendezvous")).toBeLessThan(1 + 0.04);
  expect(imbalance("consistent-hash")).toBeLessThan(1 + 3 / Math.sqrt(160));
});

const keyCount = 20_000;

/** Where each key goes. */
function mapping(name: StrategyName, ids: readonly string[]): readonly string[] {
  const scoreboard = Scoreboard.allocate({ workers: 1, pools: 1, backends: ids.length });
  const members = ids.map((id, slot) => {
    scoreboard.setReady(slot, true);
    return { id, host: id, port: 1, socketPath: null, weight: 1, priority: 0, slot };
  });
  const balancer = new Balancer({
    pool: new Pool("web", 0, members),
    strategy: defaultChoice(name),
    scoreboard,
    worker: 0,
    clock: () => 0,
    random: () => 0,
  });
  return Array.from({ length: keyCount }, (_, key) => {
    const lease = balancer.acquire({ hashKey: keyText(key), tried: [] });
    if (!(lease instanceof Lease)) throw new Error(lease);
    lease.release({ kind: "canceled" });
    return lease.backend.id;
  });
}

test.each(hashingNames)(
  "J: when one of ten leaves, %s moves less than 1 %% of the others' keys",
  (name) => {
    const ids = Array.from({ length: 10 }, (_, index) => `b${index}`);
    const before = mapping(name, ids);
    const after = mapping(name, ids.slice(1));
    const survivors = before.filter((id) => id !== "b0").length;
    const moved = before.filter((id, key) => id !== "b0" && id !== after[key]).length;
    expect(moved / survivors).toBeLessThan(0.01);
    expect(after).not.toContain("b0");
  },
);

import { describe, expect, test } from "vitest";
import { judgeKeyShares, seededRandom } from "../src/index.ts";
import { judge, named } from "./judge.ts";
import { countsOf } from "./run.ts";
import {
  leastConnections,
  powerOfTwo,
  roundRobin,
  smoothWeighted,
  type TieBreak,
  weightedRandom,
} from "./small-balancers.ts";

/* Every bug stands beside the same run without it: an oracle that fails everything catches nothing. */

describe("ignored weights are caught", () => {
  const weights = [3, 1];
  const equal = [1, 1];

  test("in weighted round robin", () => {
    const verdict = (used: readonly number[]): string => {
      const counts = countsOf(smoothWeighted(used), { backends: 2, requests: 1000 });
      return judge("weighted-round-robin", counts, { weights }).verdict;
    };
    expect([verdict(weights), verdict(equal)]).toEqual(["pass", "fail"]);
  });

  test("in weighted random, within 200 requests", () => {
    const verdict = (used: readonly number[], requests: number): string => {
      const balancer = weightedRandom(used, seededRandom(1));
      const counts = countsOf(balancer, { backends: 2, requests });
      return judge("weighted-random", counts, { weights }).verdict;
    };
    expect([verdict(weights, 50_000), verdict(equal, 200)]).toEqual(["pass", "fail"]);
  });

  test.each([1, 4, 16])("in least connections with %d in flight", (connections) => {
    const verdict = (used: readonly number[]): string => {
      const balancer = leastConnections({ weights: used, random: seededRandom(2) });
      const counts = countsOf(balancer, { backends: 2, requests: 60_000, connections });
      return judge("least-connections", counts, { weights, connections }).verdict;
    };
    expect([verdict(weights), verdict(equal)]).toEqual(["pass", "fail"]);
  });

  test("in power of two", () => {
    const heavyFirst = [5, 1, 1, 1];
    const verdict = (used: readonly number[]): string => {
      const balancer = powerOfTwo({ weights: used, random: seededRandom(3) });
      const counts = countsOf(balancer, { backends: 4, requests: 100_000, connections: 16 });
      return judge("power-of-two", counts, { weights: heavyFirst, connections: 16 }).verdict;
    };
    expect([verdict(heavyFirst), verdict([1, 1, 1, 1])]).toEqual(["pass", "fail"]);
  });
});

describe("a biased tie-break is caught in least connections", () => {
  const random = seededRandom(4);
  function judged(tieBreak: TieBreak | undefined, connections: number): string {
    const setup = { weights: [1, 1, 1], random, ...(tieBreak === undefined ? {} : { tieBreak }) };
    const counts = countsOf(leastConnections(setup), {
      backends: 3,
      requests: 40_000,
      connections,
    });
    return judge("least-connections", counts, { connections, tolerance: 0.1 }).verdict;
  }

  test("the reservoir that tosses a coin for every tie", () => {
    // 1/4, 1/4, 1/2 instead of thirds. Idle backends only: with one in flight no more than two are equal.
    const coin: TieBreak = (_ties, random) => random() * 2 < 1;
    expect([judged(undefined, 1), judged(coin, 1)]).toEqual(["pass", "fail"]);
  });

  test.each([1, 2, 4])("the lowest index (%d in flight)", (connections) => {
    expect(judged(() => false, connections)).toBe("fail");
  });

  test.each([1, 2, 4])("the highest index (%d in flight)", (connections) => {
    expect(judged(() => true, connections)).toBe("fail");
  });
});

describe("an off-by-one after an ejection is caught in round robin", () => {
  const members = [0, 1, 2, 3];
  const ready = [0, 2, 3];
  const afterEjection = { weights: [1, 0, 1, 1] };
  function judged(indexOf?: (sequence: number) => number, from = ready): string {
    const counts = countsOf(roundRobin(from, 5, indexOf), { backends: 4, requests: 1000 });
    return judge("round-robin", counts, afterEjection).verdict;
  }

  test("and turns over the ready list pass", () => {
    expect(judged()).toBe("pass");
  });

  test("skipping to the next member doubles the load of the dead one's successor", () => {
    const skipDead = (sequence: number): number => {
      const at = sequence % members.length;
      return at === 1 ? 2 : at;
    };
    expect(judged(skipDead, members)).toBe("fail");
  });

  test("an index over the old length piles onto the last", () => {
    expect(judged((sequence) => Math.min(sequence % members.length, ready.length - 1))).toBe(
      "fail",
    );
  });

  test("an index over one too few starves the last", () => {
    expect(judged((sequence) => sequence % (ready.length - 1))).toBe("fail");
  });

  test("the ejected backend gets one more request", () => {
    let picks = 0;
    expect(judged((sequence) => (picks++ === 0 ? 1 : (ready[sequence % 3] ?? -1)), members)).toBe(
      "fail",
    );
  });
});

describe("counts that are not released are caught", () => {
  /** One in a hundred requests on the first backend ends in a way that nobody counts. */
  function leak(): (backend: number) => boolean {
    let ends = 0;
    return (backend) => backend !== 0 || ends++ % 100 !== 99;
  }

  test.each([
    ["least-connections", leastConnections],
    ["power-of-two", powerOfTwo],
  ] as const)("in %s", (strategy, create) => {
    const judged = (isReleased: (backend: number) => boolean): string => {
      const balancer = create({ weights: [1, 1, 1], random: seededRandom(5), isReleased });
      const counts = countsOf(balancer, { backends: 3, requests: 40_000, connections: 12 });
      return judge(strategy, counts, { connections: 12, tolerance: 0.1 }).verdict;
    };
    expect([judged(() => true), judged(leak())]).toEqual(["pass", "fail"]);
  });
});

describe("a double hash is caught by the keys of each backend", () => {
  /** FNV-1a with murmur's finaliser: bare FNV is uneven in its own way (algorithms.md section 5.3). */
  function hash(text: string): number {
    let state = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) {
      state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
    }
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    return (state ^ (state >>> 16)) >>> 0;
  }

  function judged(backends: number, backendOf: (key: string) => number): string {
    const keys = Array.from({ length: backends }, () => 0);
    for (let user = 0; user < 20_000; user++) {
      const backend = backendOf(`user-${user}`);
      keys[backend] = (keys[backend] ?? 0) + 1;
    }
    const weights = named(keys.map(() => 1));
    return judgeKeyShares({ weights, keys: named(keys), placement: { kind: "independent" } })
      .verdict;
  }

  test("and a single one passes", () => {
    expect(judged(6, (key) => hash(key) % 6)).toBe("pass");
  });

  test("when the hash that chose the worker chooses the backend again", () => {
    // Worker 0 of 2 has the even hashes only: modulo 6 it never meets an odd backend.
    const worker = (key: string): boolean => hash(key) % 2 === 0;
    const keys = Array.from({ length: 20_000 }, (_, user) => `user-${user}`).filter(worker);
    const counts = [0, 0, 0, 0, 0, 0];
    for (const key of keys) counts[hash(key) % 6] = (counts[hash(key) % 6] ?? 0) + 1;
    const facts = { weights: named(counts.map(() => 1)), keys: named(counts) };
    const { verdict, reasons } = judgeKeyShares({ ...facts, placement: { kind: "independent" } });
    expect(verdict).toBe("fail");
    expect(reasons).toHaveLength(6);
  });

  test("when a hash that was cut to a byte is hashed again", () => {
    expect(judged(6, (key) => hash(String(hash(key) & 0xff)) % 6)).toBe("fail");
  });
});

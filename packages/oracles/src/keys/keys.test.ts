import { describe, expect, test } from "vitest";
import { judgeKeyShares, judgeRemap, judgeStickiness, seededRandom } from "../index.ts";

/** FNV-1a with murmur's finaliser. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

const keys: readonly string[] = Array.from({ length: 20_000 }, (_, user) => `user-${user}`);

function ringOf(names: readonly string[], points: number): (key: string) => string {
  const ring = names
    .flatMap((name) =>
      Array.from({ length: points }, (_, k) => ({ name, at: hash(`${name}#${k}`) })),
    )
    .toSorted((one, other) => one.at - other.at);
  return (key) => {
    const at = hash(key);
    return (ring.find((point) => point.at >= at) ?? ring[0])?.name ?? "";
  };
}

function rendezvousOf(weights: ReadonlyMap<string, number>): (key: string) => string {
  return (key) => {
    const scores = [...weights].map(([name, weight]) => {
      const uniform = (hash(`${key}|${name}`) + 0.5) / 2 ** 32;
      return { name, score: -weight / Math.log(uniform) };
    });
    return scores.reduce((best, one) => (one.score > best.score ? one : best)).name;
  };
}

const modulo =
  (names: readonly string[]) =>
  (key: string): string =>
    names[hash(key) % names.length] ?? "";

function placed(backendOf: (key: string) => string): Map<string, string> {
  return new Map(keys.map((key) => [key, backendOf(key)]));
}

function tally(placements: ReadonlyMap<string, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of placements.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const four = new Map(["a", "b", "c", "d"].map((name) => [name, 1]));

describe("stickiness per key", () => {
  test("passes when each key has one backend", () => {
    const answers = [...keys.slice(0, 50), ...keys.slice(0, 50)].map(
      (key) => [key, modulo(["a", "b"])(key)] as const,
    );
    expect(judgeStickiness(answers)).toMatchObject({ verdict: "pass", keys: 50 });
  });

  test("fails with the key that had two, and both", () => {
    const judged = judgeStickiness([
      ["x", "a"],
      ["y", "a"],
      ["x", "b"],
    ]);
    expect(judged.verdict).toBe("fail");
    expect(judged.reasons).toEqual(['key "x" was answered by a, b']);
    expect([...judged.split.keys()]).toEqual(["x"]);
  });

  test("proves nothing when no key was asked for twice", () => {
    expect(judgeStickiness([["x", "a"]]).verdict).toBe("too-few-requests");
  });
});

describe("the share of keys", () => {
  const independent = { kind: "independent" } as const;

  test("follows the weights of rendezvous hashing", () => {
    const weights = new Map(Object.entries({ a: 3, b: 2, c: 1 }));
    const counts = tally(placed(rendezvousOf(weights)));
    expect(judgeKeyShares({ weights, keys: counts, placement: independent }).verdict).toBe("pass");
    const equal = new Map(Object.entries({ a: 1, b: 1, c: 1 }));
    const judged = judgeKeyShares({ weights: equal, keys: counts, placement: independent });
    expect(judged.verdict).toBe("fail");
    expect(judged.reasons[0]).toMatch(/^a has \d\d.\d % of the keys, not 31.\d % to 3[45].\d %$/);
  });

  test("of a ring may be as uneven as its points make it, and no more", () => {
    const judged = (points: number, claimed: number): string => {
      const counts = tally(placed(ringOf([...four.keys()], points)));
      const placement = { kind: "ring", pointsPerWeight: claimed } as const;
      return judgeKeyShares({ weights: four, keys: counts, placement }).verdict;
    };
    expect(judged(100, 100)).toBe("pass");
    expect(judged(1, 1)).toBe("pass");
    expect(judged(1, 1000)).toBe("fail");
  });

  test("of 1,000 rings of 20 points is a false alarm less than once", () => {
    let alarms = 0;
    const random = seededRandom(6);
    for (let ring = 0; ring < 1000; ring++) {
      const arcs = gaps(80, random);
      const counts = new Map<string, number>();
      arcs.forEach(({ gap, at }) => {
        const name = [...four.keys()][at % 4] ?? "";
        counts.set(name, (counts.get(name) ?? 0) + Math.round(gap * 1e6));
      });
      const placement = { kind: "ring", pointsPerWeight: 20 } as const;
      if (judgeKeyShares({ weights: four, keys: counts, placement }).verdict === "fail") alarms++;
    }
    expect(alarms).toBeLessThan(1);
  });

  test("of a table is off by its entries", () => {
    const placement = { kind: "table", size: 7 } as const;
    const weights = new Map(Object.entries({ B0: 1, B1: 1, B2: 1 }));
    const counts = new Map(Object.entries({ B0: 30_000, B1: 20_000, B2: 20_000 }));
    expect(judgeKeyShares({ weights, keys: counts, placement }).verdict).toBe("pass");
    const larger = { kind: "table", size: 65_537 } as const;
    expect(judgeKeyShares({ weights, keys: counts, placement: larger }).verdict).toBe("fail");
  });

  test("asks for enough keys, and fails a backend that should have none", () => {
    const few = new Map(Object.entries({ a: 10, b: 10, c: 10, d: 10 }));
    expect(judgeKeyShares({ weights: four, keys: few, placement: independent })).toMatchObject({
      verdict: "too-few-requests",
      reasons: ["40 keys; it takes 80"],
    });
    const stranger = new Map([...few].map(([name, n]) => [name, n * 10] as const)).set("e", 1);
    expect(
      judgeKeyShares({ weights: four, keys: stranger, placement: independent }).reasons,
    ).toEqual(["e got keys and should get none"]);
  });
});

/** Random points of a circle, each with the arc before it, in random order of owners. */
function gaps(points: number, random: () => number): { gap: number; at: number }[] {
  const cuts = Array.from({ length: points }, random).toSorted((one, other) => one - other);
  return cuts.map((cut, at) => ({
    at,
    gap: at === 0 ? cut + 1 - (cuts.at(-1) ?? 0) : cut - (cuts[at - 1] ?? 0),
  }));
}

describe("the remap", () => {
  const names = ["a", "b", "c", "d"];
  const exact = { strayLimit: 0, tolerance: 0.05 };

  test("of a ring moves the keys of the backend that left and no others", () => {
    const before = placed(ringOf(names, 100));
    const after = placed(ringOf(["a", "b", "c"], 100));
    const judged = judgeRemap({ before, after, removed: ["d"], ...exact });
    expect(judged).toMatchObject({ verdict: "pass", keys: 20_000, strays: 0 });
    expect(judged.moved).toBeCloseTo((tally(before).get("d") ?? 0) / 20_000, 12);
  });

  test("of a modulus moves three quarters of the survivors' keys, which fails", () => {
    const facts = { before: placed(modulo(names)), after: placed(modulo(["a", "b", "c"])) };
    const judged = judgeRemap({ ...facts, removed: ["d"], ...exact });
    expect(judged.verdict).toBe("fail");
    expect(judged.strays).toBeCloseTo(0.5, 1);
    expect(judged.reasons[0]).toMatch(
      /of the keys moved between backends that were there all the time/,
    );
  });

  test("of rendezvous hashing gives a new backend its share, from everyone", () => {
    const before = placed(rendezvousOf(new Map(names.map((name) => [name, 1]))));
    const after = placed(rendezvousOf(new Map([...names, "e"].map((name) => [name, 1]))));
    const judgedWith = (share: number): string =>
      judgeRemap({ before, after, added: new Map([["e", share]]), ...exact }).verdict;
    expect([judgedWith(0.2), judgedWith(0.5)]).toEqual(["pass", "fail"]);
  });

  test("fails while keys are still on a backend that left", () => {
    const before = placed(modulo(names));
    const judged = judgeRemap({ before, after: before, removed: ["d"], ...exact });
    expect(judged.reasons[0]).toMatch(/^\d+ keys are on a backend that left$/);
  });

  test("lets the stray limit go by, as Maglev needs", () => {
    const before = new Map(keys.map((key) => [key, "a"]));
    const after = new Map(keys.map((key, i) => [key, i < 100 ? "b" : "a"]));
    const judgedWith = (strayLimit: number): string =>
      judgeRemap({ before, after, tolerance: 0, strayLimit }).verdict;
    expect([judgedWith(0.01), judgedWith(0.004)]).toEqual(["pass", "fail"]);
  });

  test("of no common keys proves nothing and fails", () => {
    expect(judgeRemap({ before: new Map(), after: new Map(), ...exact }).verdict).toBe("fail");
  });
});

import { describe, expect, test } from "vitest";
import { countsOf } from "../../test/run.ts";
import { leastConnections, powerOfTwo } from "../../test/small-balancers.ts";
import { fillShares } from "./connection-fills.ts";
import { goldenMaglev, goldenSequences } from "./golden.ts";
import { pairShares } from "./pair-shares.ts";
import { seededRandom } from "./seeded-random.ts";
import {
  smoothWeightedPicks,
  wholeWeights,
  widestAllowances,
  windowAllowances,
} from "./smooth-weighted.ts";

test("smooth weighted round robin reproduces nginx's published sequence", () => {
  const { weights, picks } = goldenSequences.smooth;
  const names = Object.keys(weights);
  const indexes = smoothWeightedPicks(Object.values(weights), 14);
  expect(indexes.map((index) => names[index]).join("")).toBe(picks + picks);
});

test("weights become the smallest whole numbers of the same ratios", () => {
  expect(wholeWeights([10, 4, 6])).toEqual([5, 2, 3]);
  expect(wholeWeights([0.5, 0.25])).toEqual([2, 1]);
  expect(wholeWeights([1, 1 / 3])).toBeUndefined();
});

describe.each([[[5, 1, 1]], [[7, 3, 2, 2, 1]], [[1, 1, 1]]])(
  "windows over weights %j",
  (weights) => {
    const period = weights.reduce((sum, weight) => sum + weight, 0);
    const picks = smoothWeightedPicks(weights, 4 * period);

    /** The deviations from the expectation of every window of this length. */
    function deviations(length: number, backend: number): number[] {
      const due = (length * (weights[backend] ?? 0)) / period;
      return Array.from({ length: period }, (_, start) => {
        const window = picks.slice(start, start + length);
        return window.filter((pick) => pick === backend).length - due;
      });
    }

    test("reach exactly as far as they are said to", () => {
      for (let length = 0; length <= 2 * period; length++) {
        windowAllowances(weights, length).forEach(({ below, above }, backend) => {
          const all = deviations(length, backend);
          expect(below).toBeCloseTo(Math.max(0, -Math.min(...all)), 9);
          expect(above).toBeCloseTo(Math.max(0, ...all), 9);
        });
      }
    });

    test("of any length reach as far as the widest", () => {
      widestAllowances(weights).forEach(({ below, above }, backend) => {
        const all = Array.from({ length: period }, (_, length) =>
          deviations(length, backend),
        ).flat();
        expect(below).toBeCloseTo(-Math.min(...all), 9);
        expect(above).toBeCloseTo(Math.max(...all), 9);
      });
    });
  },
);

describe("fills of least connections", () => {
  test("give equal weights equal shares", () => {
    for (const { least, most } of fillShares([2, 2, 2], 50)) {
      expect(least).toBeCloseTo(1 / 3, 12);
      expect(most).toBeCloseTo(1 / 3, 12);
    }
  });

  test("start with the heaviest alone, and reach the weights with many in flight", () => {
    expect(fillShares([3, 1], 1)).toEqual([
      { least: 1, most: 1 },
      { least: 0, most: 0 },
    ]);
    const [heavy] = fillShares([3, 1], 2).concat(fillShares([3, 1], 3));
    expect(heavy?.least).toBe(1);
    expect(fillShares([3, 1], 3)[0]?.least).toBeCloseTo(2 / 3, 12);
  });

  test.each([1, 2, 3, 5, 8, 13])("hold a simulated run with %d in flight", (connections) => {
    const weights = [4, 2, 2, 1];
    const balancer = leastConnections({ weights, random: seededRandom(connections) });
    const counts = countsOf(balancer, { backends: 4, requests: 100_000, connections });
    fillShares(weights, connections).forEach(({ least, most }, i) => {
      const share = (counts[i] ?? 0) / 100_000;
      // 5 standard deviations of a share of one half.
      expect(share).toBeGreaterThan(least - 0.008);
      expect(share).toBeLessThan(most + 0.008);
    });
  });
});

describe("shares of the better of two", () => {
  test("are equal for equal weights", () => {
    expect(pairShares([2, 2], 50)).toEqual([
      { least: 0.5, most: 0.5 },
      { least: 0.5, most: 0.5 },
    ]);
  });

  test("are with one in flight those of the heavier of a drawn pair", () => {
    // Pairs of 3, 2, 1: the heaviest is in two of three, the middle one wins one, the lightest none.
    const shares = pairShares([3, 2, 1], 1).map(({ least }) => least);
    expect(shares[0]).toBeCloseTo(2 / 3, 1);
    expect(shares[1]).toBeCloseTo(1 / 3, 1);
    expect(shares[2]).toBe(0);
  });

  test("are of two backends those of least connections", () => {
    const pairs = pairShares([3, 1], 8);
    fillShares([3, 1], 8).forEach(({ least, most }, i) => {
      expect(pairs[i]?.least).toBeGreaterThan(least - 0.01);
      expect(pairs[i]?.most).toBeLessThan(most + 0.01);
    });
  });

  test.each([1, 4, 6, 16])("hold a run that is written apart, with %d in flight", (connections) => {
    const weights = [5, 2, 1, 1];
    const balancer = powerOfTwo({ weights, random: seededRandom(99) });
    const counts = countsOf(balancer, { backends: 4, requests: 100_000, connections });
    pairShares(weights, connections).forEach(({ least, most }, i) => {
      const share = (counts[i] ?? 0) / 100_000;
      expect(share).toBeGreaterThan(least - 0.01);
      expect(share).toBeLessThan(most + 0.01);
    });
  });
});

test("the Maglev paper's table follows from its permutations", () => {
  const { permutations, table, withoutB1 } = goldenMaglev;
  expect(populate(permutations, ["B0", "B1", "B2"])).toEqual(table);
  expect(populate(permutations, ["B0", "B2"])).toEqual(withoutB1);
});

/** Turns in order; each takes the next entry of its permutation that is still free (NSDI'16, pseudocode 1). */
function populate<Name extends string>(
  permutations: Readonly<Record<Name, readonly number[]>>,
  names: readonly Name[],
): string[] {
  const size = Object.values<readonly number[]>(permutations)[0]?.length ?? 0;
  const table: (string | undefined)[] = Array.from({ length: size });
  for (let turn = 0; table.includes(undefined); turn++) {
    const name = names[turn % names.length];
    if (name === undefined) throw new Error("nobody to take a turn");
    const free = permutations[name].find((entry) => table[entry] === undefined);
    table[free as number] = name;
  }
  return table as string[];
}

test("a closed loop keeps its connections in flight, and counts every request once", () => {
  let inFlight = 0;
  let most = 0;
  const balancer = {
    pick: () => ((most = Math.max(most, ++inFlight)), 0),
    release: () => void inFlight--,
  };
  const counts = countsOf(balancer, { backends: 2, requests: 1000, connections: 7 });
  expect(counts).toEqual([1000, 0]);
  expect([most, inFlight]).toEqual([7, 7]);
});

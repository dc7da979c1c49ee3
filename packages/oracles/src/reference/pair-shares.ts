import { runClosedLoop } from "./closed-loop.ts";
import type { ShareRange } from "./connection-fills.ts";
import { seededRandom } from "./seeded-random.ts";

/** Enough for shares to within about 1 %, in a few milliseconds. */
const requests = 40_000;

/**
 * Each backend's share when the better of two is taken, with 1 to `connections` requests in flight.
 * No formula is known for unequal weights, so a model of our own runs: exponential service times of equal
 * mean, requests in flight doubling from 1. Backends of equal weight get the same by symmetry.
 */
export function pairShares(weights: readonly number[], connections: number): ShareRange[] {
  if (new Set(weights).size === 1) {
    return weights.map(() => ({ least: 1 / weights.length, most: 1 / weights.length }));
  }
  const runs = doublings(connections).map((inFlight) => sharesAt(weights, inFlight));
  return weights.map((_, i) => {
    const shares = runs.map((run) => run[i] as number);
    return { least: Math.min(...shares), most: Math.max(...shares) };
  });
}

function doublings(most: number): number[] {
  const numbers = [];
  for (let number = 1; number < most; number *= 2) numbers.push(number);
  return [...numbers, most];
}

function sharesAt(weights: readonly number[], connections: number): number[] {
  const random = seededRandom(connections);
  const load = weights.map(() => 0);
  const key = (i: number): number => ((load[i] as number) + 1) / (weights[i] as number);
  const counts = runClosedLoop(
    { backends: weights.length, connections, requests, serviceTime: () => -Math.log(1 - random()) },
    {
      pick() {
        const one = Math.floor(random() * weights.length);
        const skip = 1 + Math.floor(random() * (weights.length - 1));
        const other = (one + skip) % weights.length;
        const best = key(other) < key(one) ? other : one;
        load[best] = (load[best] as number) + 1;
        return best;
      },
      release: (i) => (load[i] = (load[i] as number) - 1),
    },
  );
  return averagedOverEquals(weights, counts);
}

function averagedOverEquals(weights: readonly number[], counts: readonly number[]): number[] {
  return weights.map((weight) => {
    const equals = counts.filter((_, i) => weights[i] === weight);
    return equals.reduce((sum, count) => sum + count, 0) / equals.length / requests;
  });
}

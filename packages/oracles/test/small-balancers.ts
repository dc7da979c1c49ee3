/*
 * Strategies in a few lines, right ones and wrong ones, apart from packages/core: what the oracles are
 * tried on. Each wrong one differs from its right one by the planted bug alone.
 */
import { type LoopBalancer, smoothWeightedPicks } from "../src/index.ts";

type Random = () => number;

function stateless(pick: () => number): LoopBalancer {
  return { pick, release() {} };
}

/** Turns over `ready`, which are indexes; `indexOf` says which of them is next. */
export function roundRobin(
  ready: readonly number[],
  start = 0,
  indexOf = (sequence: number): number => sequence % ready.length,
): LoopBalancer {
  let sequence = start;
  return stateless(() => ready[indexOf(sequence++)] ?? -1);
}

/** Several workers with a turn of their own each, drawn at random for every request. */
export function unsharedPositions(workers: readonly LoopBalancer[], random: Random): LoopBalancer {
  return stateless(() => workers[Math.floor(random() * workers.length)]?.pick(0) ?? -1);
}

export function smoothWeighted(weights: readonly number[], start = 0): LoopBalancer {
  const period = weights.reduce((sum, weight) => sum + weight, 0);
  const picks = smoothWeightedPicks(weights, period);
  let sequence = start;
  return stateless(() => picks[sequence++ % period] ?? -1);
}

export function weightedRandom(weights: readonly number[], random: Random): LoopBalancer {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return stateless(() => {
    let left = random() * total;
    for (let i = 0; i < weights.length; i++) {
      left -= weights[i] ?? 0;
      if (left < 0) return i;
    }
    return weights.length - 1;
  });
}

/** Whether the `ties`-th of equals, counted from 1, replaces the one kept so far. */
export type TieBreak = (ties: number, random: Random) => boolean;

export const reservoir: TieBreak = (ties, random) => random() * ties < 1;

export interface LoadSetup {
  readonly weights: readonly number[];
  readonly random: Random;
  readonly tieBreak?: TieBreak;
  /** False for an end that is not counted. */
  readonly isReleased?: (backend: number) => boolean;
}

/** Counts requests in flight, and keeps the count of those whose end it misses. */
function counting(
  { weights, isReleased = () => true }: LoadSetup,
  pick: (key: (backend: number) => number) => number,
): LoopBalancer {
  const inFlight = weights.map(() => 0);
  const key = (i: number): number => ((inFlight[i] ?? 0) + 1) / (weights[i] ?? 0);
  return {
    pick() {
      const backend = pick(key);
      inFlight[backend] = (inFlight[backend] ?? 0) + 1;
      return backend;
    },
    release(backend) {
      if (isReleased(backend)) inFlight[backend] = (inFlight[backend] ?? 0) - 1;
    },
  };
}

export function leastConnections(setup: LoadSetup): LoopBalancer {
  const { weights, random, tieBreak = reservoir } = setup;
  return counting(setup, (key) => {
    let best = 0;
    let ties = 1;
    for (let i = 1; i < weights.length; i++) {
      if (key(i) > key(best)) continue;
      ties = key(i) < key(best) ? 1 : ties + 1;
      if (ties === 1 || tieBreak(ties, random)) best = i;
    }
    return best;
  });
}

export function powerOfTwo(setup: LoadSetup): LoopBalancer {
  const { weights, random } = setup;
  return counting(setup, (key) => {
    const one = Math.floor(random() * weights.length);
    const other = Math.floor(random() * (weights.length - 1));
    const second = other < one ? other : other + 1;
    return key(second) < key(one) ? second : one;
  });
}

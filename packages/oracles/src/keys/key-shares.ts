import { chiSquareCritical, normalCritical } from "../statistics/chi-square.ts";
import { percent } from "../wording.ts";

/** How a hashing strategy places its backends. */
export type KeyPlacement =
  /** Every key draws on its own, in proportion to the weights: rendezvous, a modulus. */
  | { readonly kind: "independent" }
  /** `pointsPerWeight` points on a ring for each unit of weight. */
  | { readonly kind: "ring"; readonly pointsPerWeight: number }
  /** A table of `size` entries, dealt out in turns: off by at most one entry per backend and turn. */
  | { readonly kind: "table"; readonly size: number };

export interface KeySharesFacts {
  readonly weights: ReadonlyMap<string, number>;
  /** Distinct keys per backend, not requests: one busy key says nothing about a hash. */
  readonly keys: ReadonlyMap<string, number>;
  readonly placement: KeyPlacement;
  readonly falseAlarmRate?: number;
}

export interface KeySharesJudgement {
  readonly verdict: "pass" | "fail" | "too-few-requests";
  /** Per backend, the share of the keys that a sound hash gives it. */
  readonly ranges: ReadonlyMap<string, { readonly least: number; readonly most: number }>;
  readonly reasons: readonly string[];
}

/** Below this many expected keys the normal approximation of the noise is not good enough. */
const fewestExpected = 20;

/** Whether a hash spreads its keys as its kind can: chance of the keys, and of the placement where it has one. */
export function judgeKeyShares(facts: KeySharesFacts): KeySharesJudgement {
  const { weights, keys, placement, falseAlarmRate = 1e-4 } = facts;
  const entries = [...weights].filter(([, weight]) => weight > 0);
  const totalWeight = sum(entries.map(([, weight]) => weight));
  const total = sum(keys.values());
  // Two-sided, for the placement and for the keys, on every backend.
  const rate = falseAlarmRate / entries.length / 2;
  const ranges = new Map(
    entries.map(([name, weight]) => {
      const share = weight / totalWeight;
      const placed = placedShare(placement, { share, weight, backends: entries.length, rate });
      return [name, withNoise(placed, total, rate)];
    }),
  );
  const reasons = [...new Set([...weights.keys(), ...keys.keys()])].flatMap((name) =>
    breachOf(name, (keys.get(name) ?? 0) / (total || 1), ranges.get(name)),
  );
  const needed = Math.ceil((fewestExpected * totalWeight) / Math.min(...entries.map(([, w]) => w)));
  if (total < needed) {
    return { verdict: "too-few-requests", ranges, reasons: [`${total} keys; it takes ${needed}`] };
  }
  return { verdict: reasons.length === 0 ? "pass" : "fail", ranges, reasons };
}

interface Place {
  readonly share: number;
  readonly weight: number;
  readonly backends: number;
  readonly rate: number;
}

interface ShareRange {
  readonly least: number;
  readonly most: number;
}

/**
 * The part of all keys that a backend's place covers. V random points of a ring cut off an arc that is
 * Gamma(V)-distributed in units of V mean gaps: hence the rule of thumb of 1/√V (algorithms.md 5.1).
 */
function placedShare(
  placement: KeyPlacement,
  { share, weight, backends, rate }: Place,
): ShareRange {
  if (placement.kind === "independent" || backends === 1) return { least: share, most: share };
  if (placement.kind === "table") {
    const entry = 1 / placement.size;
    return { least: Math.max(0, share - entry), most: share + entry };
  }
  const freedom = 2 * placement.pointsPerWeight * weight;
  return {
    least: (share * chiSquareCritical(1 - rate, freedom)) / freedom,
    most: (share * chiSquareCritical(rate, freedom)) / freedom,
  };
}

function withNoise({ least, most }: ShareRange, total: number, rate: number): ShareRange {
  const noise = (share: number): number =>
    normalCritical(rate) * Math.sqrt((share * (1 - Math.min(1, share))) / (total || 1));
  return { least: Math.max(0, least - noise(least)), most: Math.min(1, most + noise(most)) };
}

function breachOf(name: string, share: number, range: ShareRange | undefined): string[] {
  if (range === undefined) return share > 0 ? [`${name} got keys and should get none`] : [];
  if (share >= range.least && share <= range.most) return [];
  return [
    `${name} has ${percent(share)} of the keys, not ${percent(range.least)} to ${percent(range.most)}`,
  ];
}

function sum(numbers: Iterable<number>): number {
  let result = 0;
  for (const number of numbers) result += number;
  return result;
}

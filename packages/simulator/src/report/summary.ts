import { failureNames, type FailureName, type SimulationResult } from "../engine/result.ts";

/** Of the runs with different seeds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One contender in one cell, over all seeds. Times in milliseconds, shares from 0 to 1. */
export interface Summary {
  readonly strategy: string;
  readonly seeds: readonly number[];
  /** Counted, per seed. */
  readonly requests: number;
  readonly meanMs: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly p999Ms: Spread;
  readonly maxMs: Spread;
  /** Waiting for a slot, which the variance of the service time does not hide. */
  readonly queueingP99Ms: Spread;
  readonly errorRate: Spread;
  readonly withinDeadline: Spread;
  readonly imbalance: Spread;
  readonly maxInFlight: Spread;
  readonly retriesPerRequest: Spread;
  readonly affinity: Spread;
  /** Of all seeds together. */
  readonly failures: Readonly<Record<FailureName, number>>;
  readonly backends: readonly { readonly id: string; readonly share: Spread }[];
}

/** `results` has one or more, of one strategy. */
export function summarise(results: readonly SimulationResult[]): Summary {
  const over = (measure: (result: SimulationResult) => number): Spread =>
    spreadOf(results.map(measure));
  const [first] = results as [SimulationResult, ...SimulationResult[]];
  return {
    strategy: first.strategy,
    seeds: results.map(({ seed }) => seed),
    requests: first.requests,
    meanMs: over(({ latency }) => latency.mean),
    p50Ms: over(({ latency }) => latency.quantile(0.5)),
    p99Ms: over(({ latency }) => latency.quantile(0.99)),
    p999Ms: over(({ latency }) => latency.quantile(0.999)),
    maxMs: over(({ latency }) => latency.max),
    queueingP99Ms: over(({ queueing }) => queueing.quantile(0.99)),
    errorRate: over(({ errorRate }) => errorRate),
    withinDeadline: over(({ withinDeadline }) => withinDeadline),
    imbalance: over(({ imbalance }) => imbalance),
    maxInFlight: over(({ maxInFlight }) => maxInFlight),
    retriesPerRequest: over(({ retriesPerRequest }) => retriesPerRequest),
    affinity: over(({ affinity }) => affinity),
    failures: failuresOf(results),
    backends: first.backends.map(({ id }, slot) => ({
      id,
      share: over(({ backends }) => backends[slot]?.share ?? 0),
    })),
  };
}

/** The median of an even number of values is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const low = sorted[(sorted.length - 1) >> 1] ?? 0;
  const high = sorted[sorted.length >> 1] ?? 0;
  return { median: (low + high) / 2, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

function failuresOf(results: readonly SimulationResult[]): Readonly<Record<FailureName, number>> {
  const entries = failureNames.map((name): [FailureName, number] => {
    return [name, results.reduce((sum, { failures }) => sum + failures[name], 0)];
  });
  return Object.fromEntries(entries) as Record<FailureName, number>;
}

/** Times of one strategy in one scenario, in milliseconds. */
export interface Quantiles {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What simulated runs with different seeds said. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export type QuantileSpreads = Readonly<Record<keyof Quantiles, Spread>>;

export interface StrategyRuns {
  readonly strategy: string;
  /** As many requests a run as the real one. */
  readonly simulated: QuantileSpreads;
  readonly real: Quantiles;
}

export interface Measure {
  readonly measure: keyof Quantiles;
  readonly label: string;
}

export const measures: readonly Measure[] = [
  { measure: "meanMs", label: "mean" },
  { measure: "p50Ms", label: "p50" },
  { measure: "p99Ms", label: "p99" },
];

/** The stated error, beside what chance does to a run of that length. */
export const errorShare = 0.1;
/** The way through two sockets, and timers of whole milliseconds. */
export const errorMs = 4;

export interface Disagreement {
  readonly strategy: string;
  readonly reason: string;
}

/** Where a real run may lie: between the simulated ones, or outside by no more than the stated error. */
export function bounds({ min, max }: Spread): { readonly least: number; readonly most: number } {
  return { least: min * (1 - errorShare) - errorMs, most: max * (1 + errorShare) + errorMs };
}

/** Every quantile out of bounds, and every pair of strategies in another order. */
export function disagreements(runs: readonly StrategyRuns[]): readonly Disagreement[] {
  const outside = runs.flatMap(({ strategy, simulated, real }) =>
    measures
      .filter(({ measure }) => {
        const { least, most } = bounds(simulated[measure]);
        return real[measure] < least || real[measure] > most;
      })
      .map(({ measure, label }): Disagreement => {
        const { min, max } = simulated[measure];
        const range = `${min.toFixed(1)} to ${max.toFixed(1)} ms`;
        const is = real[measure].toFixed(1);
        return { strategy, reason: `${label}: simulated ${range}, real ${is} ms` };
      }),
  );
  return [...outside, ...measures.flatMap((measure) => wrongOrders(runs, measure))];
}

function wrongOrders(runs: readonly StrategyRuns[], measure: Measure): readonly Disagreement[] {
  return clearPairs(runs, measure)
    .filter(([better, worse]) => better.real[measure.measure] >= worse.real[measure.measure])
    .map(([better, worse]): Disagreement => {
      const reason = `${measure.label}: not better than ${worse.strategy}, which the simulation says`;
      return { strategy: better.strategy, reason };
    });
}

/**
 * Pairs of which an order is promised: those whose bounds do not touch. Of others a run of this length
 * could come out either way.
 */
export function clearPairs(
  runs: readonly StrategyRuns[],
  { measure }: Measure,
): readonly (readonly [better: StrategyRuns, worse: StrategyRuns])[] {
  return runs.flatMap((better) =>
    runs
      .filter(
        (worse) => bounds(better.simulated[measure]).most < bounds(worse.simulated[measure]).least,
      )
      .map((worse) => [better, worse] as const),
  );
}

/** Nearest-rank quantiles; all 0 of an empty list. */
export function quantilesOf(latenciesMs: readonly number[]): Quantiles {
  const sorted = latenciesMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const sum = sorted.reduce((total, ms) => total + ms, 0);
  return { meanMs: sum / Math.max(1, sorted.length), p50Ms: at(0.5), p99Ms: at(0.99) };
}

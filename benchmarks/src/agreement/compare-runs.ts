/** Times of one strategy in one scenario, in milliseconds. */
export interface Quantiles {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface StrategyRuns {
  readonly strategy: string;
  readonly simulated: Quantiles;
  readonly real: Quantiles;
}

/** A measure of {@link Quantiles} and by how much the real one may differ from the simulated one. */
export interface Tolerance {
  readonly measure: keyof Quantiles;
  readonly label: string;
  /** Of the simulated value. */
  readonly share: number;
  /** Added to it: the way through two sockets, and timers of whole milliseconds. */
  readonly extraMs: number;
}

/**
 * The stated error. A p99 of some ten thousand requests at load 0.8 rests on a few bursts, which the
 * simulation averages over far more of them.
 */
export const tolerances: readonly Tolerance[] = [
  { measure: "meanMs", label: "mean", share: 0.15, extraMs: 4 },
  { measure: "p50Ms", label: "p50", share: 0.15, extraMs: 4 },
  { measure: "p99Ms", label: "p99", share: 0.3, extraMs: 4 },
];

export interface Disagreement {
  readonly strategy: string;
  readonly reason: string;
}

/** Whether real and simulated differ by no more than the tolerance. */
export function isWithin(simulatedMs: number, realMs: number, tolerance: Tolerance): boolean {
  return Math.abs(realMs - simulatedMs) <= simulatedMs * tolerance.share + tolerance.extraMs;
}

/** Every quantile outside its tolerance, and every pair of strategies in another order. */
export function disagreements(runs: readonly StrategyRuns[]): readonly Disagreement[] {
  const quantiles = runs.flatMap(({ strategy, simulated, real }) =>
    tolerances
      .filter((one) => !isWithin(simulated[one.measure], real[one.measure], one))
      .map(({ measure, label }): Disagreement => {
        const [was, is] = [simulated[measure], real[measure]].map((ms) => ms.toFixed(1));
        return { strategy, reason: `${label}: simulated ${was} ms, real ${is} ms` };
      }),
  );
  return [...quantiles, ...tolerances.flatMap((tolerance) => wrongOrders(runs, tolerance))];
}

/**
 * Pairs that the simulation sees further apart than twice the tolerance must be in the same order in
 * reality; of closer ones no order is promised.
 */
function wrongOrders(
  runs: readonly StrategyRuns[],
  { measure, label, share, extraMs }: Tolerance,
): readonly Disagreement[] {
  return runs.flatMap((better) =>
    runs
      .filter((worse) => {
        const gapMs = worse.simulated[measure] - better.simulated[measure];
        const isClear = gapMs > 2 * (share * better.simulated[measure] + extraMs);
        return isClear && better.real[measure] >= worse.real[measure];
      })
      .map(({ strategy }): Disagreement => {
        const reason = `${label}: not better than ${strategy}, which the simulation says`;
        return { strategy: better.strategy, reason };
      }),
  );
}

/** Pairs of which an order is promised: how much the comparison of orders says. */
export function clearPairs(runs: readonly StrategyRuns[], tolerance: Tolerance): number {
  const { measure, share, extraMs } = tolerance;
  return runs
    .flatMap((better) => runs.map((worse) => [better.simulated[measure], worse.simulated[measure]]))
    .filter(([better = 0, worse = 0]) => worse - better > 2 * (share * better + extraMs)).length;
}

/** Nearest-rank quantiles; all 0 of an empty list. */
export function quantilesOf(latenciesMs: readonly number[]): Quantiles {
  const sorted = latenciesMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const sum = sorted.reduce((total, ms) => total + ms, 0);
  return { meanMs: sum / Math.max(1, sorted.length), p50Ms: at(0.5), p99Ms: at(0.99) };
}

/*
 * Bootstrap confidence intervals (Efron 1979): the same comparison over and over, each time with units drawn
 * anew from those there are. A unit is what came about independently: a run, or where there is only one a
 * stretch of it, never a request; requests of one moment share its luck, and counting them one by one gives
 * intervals that are far too narrow. Pure: randomness comes in.
 */

/** A number and where it may really be. */
export interface Interval {
  /** From all units as they are. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** What is resampled. */
export interface BootstrapOptions<Unit> {
  readonly a: readonly Unit[];
  readonly b: readonly Unit[];
  /** The number of interest; NaN where these units have none. */
  readonly statistic: (a: readonly Unit[], b: readonly Unit[]) => number;
  /** Uniform from 0 to below 1. */
  readonly random: () => number;
  /** 0 to 1. Default 0.95. */
  readonly confidence?: number;
  /** Default 2000. */
  readonly resamples?: number;
}

/** The percentile interval of the statistic; NaN where it never has a value. */
export function bootstrapInterval<Unit>(options: BootstrapOptions<Unit>): Interval {
  const { a, b, statistic, random, confidence = 0.95, resamples = 2000 } = options;
  const values = new Float64Array(resamples);
  let count = 0;
  for (let sample = 0; sample < resamples; sample++) {
    const value = statistic(draw(a, random), draw(b, random));
    if (!Number.isNaN(value)) values[count++] = value;
  }
  const sorted = values.subarray(0, count).toSorted();
  const tail = (1 - confidence) / 2;
  return {
    estimate: statistic(a, b),
    low: quantile(sorted, tail),
    high: quantile(sorted, 1 - tail),
  };
}

function draw<Unit>(units: readonly Unit[], random: () => number): Unit[] {
  return units.map(() => units[Math.floor(random() * units.length)] as Unit);
}

/** Between the two nearest values, in proportion; NaN for none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

/*
 * Two sets of measurements beside each other: is there a difference, how large, how sure is that, and how
 * large would it have to be. Pure.
 */
import { bootstrapInterval, type Interval } from "../statistics/bootstrap.ts";
import { holm } from "../statistics/holm.ts";
import { mannWhitney } from "../statistics/mann-whitney.ts";
import { detectableMean, meanOf } from "../statistics/student-t.ts";
import { comparePairs } from "./compare-pairs.ts";
import {
  BucketSums,
  type ComparedMetric,
  comparedMetrics,
  type SampleUnit,
  valueOf,
} from "./sample-unit.ts";

/** One metric of both sides. */
export interface MetricComparison {
  readonly metric: ComparedMetric;
  /** Milliseconds, responses per second, or a share of the requests; null where there was none. */
  readonly a: number | null;
  readonly b: number | null;
  /**
   * Of B against A: relative, 0.1 for 10 % more; for `failed` a difference of shares, since from none there
   * is no relation. With its 95 % interval; null where there is nothing to compare.
   */
  readonly difference: Interval | null;
  /** How likely that is without any difference, for this metric alone. */
  readonly p: number | null;
  /** The same, adjusted for asking about all metrics at once (Holm); what the verdict goes by. */
  readonly adjustedP: number | null;
  /**
   * The smallest difference that would be shown in 80 % of such comparisons, in the unit of `difference`;
   * null where the units do not say.
   */
  readonly detectable: number | null;
  /** Chance that a unit of B has the larger value than one of A. */
  readonly superiority: number | null;
  readonly verdict: "better" | "worse" | "no-difference-shown";
}

/** Below this a difference is called one. */
export const significance = 0.05;

/** Pairs below which no difference is shown: two or three may agree by luck. */
export const leastPairs = 4;

/**
 * Units of each side below which ranks show nothing: the smallest p of four against four, times the number
 * of metrics, is above the significance, and five against five is below it.
 */
export const leastApart = 5;

/** How two sets are compared. */
export interface CompareSamplesOptions {
  /** The n-th of A and the n-th of B were measured one after the other, and as many of each. */
  readonly isPaired: boolean;
  /** Uniform from 0 to below 1. */
  readonly random: () => number;
}

/** Compares B with A in every metric. */
export function compareSamples(
  a: readonly SampleUnit[],
  b: readonly SampleUnit[],
  { isPaired, random }: CompareSamplesOptions,
): MetricComparison[] {
  const buckets = new BucketSums([...a, ...b]);
  const samples = comparedMetrics.map((metric): Samples => {
    const valuesOf = (units: readonly SampleUnit[]): number[] =>
      units.map((unit) => valueOf(metric, [unit], buckets));
    return { metric, a, b, values: { a: valuesOf(a), b: valuesOf(b) }, buckets, random };
  });
  // What is the same in every unit cannot raise a false alarm: it is no question that was asked.
  const asked = samples.filter(({ values }) => new Set([...values.a, ...values.b]).size > 1);
  const level = significance / Math.max(1, asked.length);
  const found = samples.map((each) => (isPaired ? comparePaired : compareApart)(each, level));
  const adjusted = holm(asked.map((each) => found[samples.indexOf(each)]?.p ?? 1));
  return found.map(({ least, ...finding }, index) => {
    const question = asked.indexOf(samples[index] as Samples);
    const adjustedP = finding.p === null ? null : (adjusted[question] ?? 1);
    const isEnough = least >= (isPaired ? leastPairs : leastApart);
    const verdict = isEnough ? verdictOf({ ...finding, adjustedP }) : "no-difference-shown";
    return { ...finding, adjustedP, verdict };
  });
}

interface Samples {
  readonly metric: ComparedMetric;
  readonly a: readonly SampleUnit[];
  readonly b: readonly SampleUnit[];
  /** Of each unit; NaN where it has none. */
  readonly values: { readonly a: readonly number[]; readonly b: readonly number[] };
  readonly buckets: BucketSums;
  readonly random: () => number;
}

/** What one metric says alone. */
type Finding = Omit<MetricComparison, "adjustedP" | "verdict"> & {
  /** Units of the side that has fewer. */
  readonly least: number;
};

function comparePaired(samples: Samples, level: number): Finding {
  const { metric, values } = samples;
  const pairs = comparePairs(values.a, values.b, { isRelative: metric !== "failed", level });
  if (pairs === undefined) return nothing(samples);
  return { metric, ...pairs, superiority: mannWhitney(...present(values)).superiority };
}

function compareApart(samples: Samples, level: number): Finding {
  const { metric, a, b, values, buckets, random } = samples;
  const [left, right] = present(values);
  const none = nothing(samples);
  if (left.length === 0 || right.length === 0) return none;
  const isRelative = metric !== "failed";
  const value = (units: readonly SampleUnit[]): number => valueOf(metric, units, buckets);
  const statistic = (x: readonly SampleUnit[], y: readonly SampleUnit[]): number =>
    isRelative ? value(y) / value(x) - 1 : value(y) - value(x);
  const { p, superiority } = mannWhitney(left, right);
  return {
    ...none,
    difference: bootstrapInterval({ a, b, statistic, random }),
    p,
    superiority,
    detectable: detectableApart(left, right, { isRelative, level }),
    least: Math.min(left.length, right.length),
  };
}

/** As Welch's test would: ranks of many units say nearly the same as their means. */
function detectableApart(
  left: readonly number[],
  right: readonly number[],
  { isRelative, level }: { readonly isRelative: boolean; readonly level: number },
): number | null {
  if (Math.min(left.length, right.length) < 2) return null;
  const [x, y] = [meanOf(left), meanOf(right)];
  const standardError = Math.hypot(x.standardError, y.standardError);
  const reach = detectableMean({ standardError, freedom: x.freedom + y.freedom }, level);
  return orNull(isRelative ? reach / x.mean : reach);
}

/** What there is to say where nothing can be compared. */
function nothing({ metric, a, b, buckets }: Samples): Finding {
  const value = (units: readonly SampleUnit[]): number | null =>
    orNull(valueOf(metric, units, buckets));
  const sides = { metric, a: value(a), b: value(b) };
  return { ...sides, difference: null, p: null, superiority: null, detectable: null, least: 0 };
}

function present({ a, b }: Samples["values"]): [number[], number[]] {
  const isThere = (value: number): boolean => !Number.isNaN(value);
  return [a.filter(isThere), b.filter(isThere)];
}

/** Both must say so: the interval where the difference is, the adjusted test that it is not chance. */
function verdictOf({
  metric,
  difference,
  adjustedP,
}: Omit<MetricComparison, "verdict">): MetricComparison["verdict"] {
  const { low, high } = difference ?? { low: 0, high: 0 };
  const isShown = (adjustedP ?? 1) < significance && (low > 0 || high < 0);
  if (!isShown) return "no-difference-shown";
  return low > 0 === (metric === "throughput") ? "better" : "worse";
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

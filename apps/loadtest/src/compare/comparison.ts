import { seededRandom } from "@evenkeel/oracles";
import { bucketOf } from "../observation/latency-histogram.ts";
import type { LoadDocument } from "../load/document.ts";
import {
  compareSamples,
  leastApart,
  leastPairs,
  type MetricComparison,
} from "./compare-samples.ts";
import { mergeUnits, type SampleUnit } from "./sample-unit.ts";

/** One side of a comparison. */
export interface ComparedSide {
  /** A file's name, or the flags that make the difference. */
  readonly name: string;
  readonly runs: readonly LoadDocument[];
}

/** What was taken as independent: pairs of runs that took turns, runs, or stretches of them. */
export type ComparedUnit = "pair" | "run" | "stretch";

/** What came of it. */
export interface Comparison {
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  readonly unit: ComparedUnit;
  readonly units: { readonly a: number; readonly b: number };
  readonly metrics: readonly MetricComparison[];
  /** Doubts: other loads, too few units. */
  readonly notes: readonly string[];
  /** Runs in which the generator was the limit, by side and number. */
  readonly invalid: readonly string[];
  readonly isPartial: boolean;
  /** Worse by more than this is a failure; undefined: nothing is. */
  readonly regression: number | undefined;
  /** The metrics that are worse by more than that. */
  readonly regressions: readonly MetricComparison[];
}

/** Compares two sides; the same seed, the same intervals. */
export function compareSides(
  a: ComparedSide,
  b: ComparedSide,
  options: {
    /** The n-th run of A and the n-th of B followed one another. */
    readonly takesTurns: boolean;
    readonly regression: number | undefined;
    readonly isPartial: boolean;
    readonly seed: number;
  },
): Comparison {
  const unit = unitFor(a, b, options.takesTurns);
  const left = unitsOf(a, unit);
  const right = unitsOf(b, unit);
  const metrics = compareSamples(left, right, {
    isPaired: unit === "pair",
    random: seededRandom(options.seed),
  });
  const { regression, isPartial } = options;
  const isWorse = ({ verdict, difference }: MetricComparison): boolean =>
    verdict === "worse" && Math.abs(difference?.estimate ?? 0) > (regression ?? Infinity);
  return {
    a,
    b,
    unit,
    units: { a: left.length, b: right.length },
    metrics,
    notes: notesOf(a, b, { unit, least: Math.min(left.length, right.length) }),
    invalid: [...invalidRuns("A", a), ...invalidRuns("B", b)],
    isPartial,
    regression,
    regressions: metrics.filter(isWorse),
  };
}

function unitFor(a: ComparedSide, b: ComparedSide, takesTurns: boolean): ComparedUnit {
  const runs = Math.min(a.runs.length, b.runs.length);
  if (takesTurns) return runs >= leastPairs ? "pair" : "stretch";
  return runs >= leastApart ? "run" : "stretch";
}

function unitsOf({ runs }: ComparedSide, unit: ComparedUnit): SampleUnit[] {
  const perRun = runs.map(stretchesOf);
  return unit === "stretch" ? perRun.flat() : perRun.map(mergeUnits);
}

/** The last stretch ends somewhere in the middle: it has fewer responses whatever the target does. */
function stretchesOf({ blocks: { blockMs, blocks } }: LoadDocument): SampleUnit[] {
  const whole = blocks.length > 2 ? blocks.slice(0, -1) : blocks;
  return whole.map(({ offered, achieved, failed, latencyUs }) => ({
    durationMs: blockMs,
    offered,
    achieved,
    failed,
    latencyUs: new Map(latencyUs.map(([highest, count]) => [bucketOf(highest), count])),
  }));
}

function notesOf(
  a: ComparedSide,
  b: ComparedSide,
  { unit, least }: { readonly unit: ComparedUnit; readonly least: number },
): string[] {
  const [left, right] = [a, b].map(({ runs }) => JSON.stringify(runs[0]?.plan.shape));
  return [
    ...(left === right ? [] : ["A and B were asked for different loads: see their plans"]),
    ...(unit === "stretch"
      ? [
          `stretches of one run share its luck, so the intervals are narrower than those of several runs: compare --runs ${leastPairs} or more is the stronger test`,
        ]
      : []),
    ...(unit === "stretch" && least < leastApart
      ? [`with ${least} units no difference can be shown; ${leastApart} are the least`]
      : []),
  ];
}

function invalidRuns(side: string, { runs }: ComparedSide): string[] {
  return runs.flatMap(({ invalid, invalidReasons }, index) =>
    invalid ? [`${side}${index + 1}: ${invalidReasons.join("; ")}`] : [],
  );
}

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

/** What was taken as independent: pairs of turns, runs, or stretches of them. */
export type ComparedUnit = "turn" | "run" | "stretch";

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

/** More turns than this share that the generator spoiled make all of it invalid. */
const mostSpoiled = 0.2;

/** Compares two sides; the same seed, the same intervals. */
export function compareSides(
  allOfA: ComparedSide,
  allOfB: ComparedSide,
  options: {
    /** The n-th run of A and the n-th of B followed one another. */
    readonly takesTurns: boolean;
    readonly regression: number | undefined;
    readonly isPartial: boolean;
    readonly seed: number;
  },
): Comparison {
  const spoiled = [...invalidRuns("A", allOfA), ...invalidRuns("B", allOfB)];
  const kept = options.takesTurns ? goodPairs(allOfA, allOfB) : { a: allOfA, b: allOfB };
  const leftOut = allOfA.runs.length - kept.a.runs.length;
  const isInvalid = options.takesTurns
    ? leftOut > allOfA.runs.length * mostSpoiled
    : spoiled.length > 0;
  const { a, b } = isInvalid ? { a: allOfA, b: allOfB } : kept;
  const unit = unitFor(a, b, options.takesTurns);
  const left = unitsOf(a, unit);
  const right = unitsOf(b, unit);
  const metrics = compareSamples(left, right, {
    isPaired: unit === "turn",
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
    notes: [
      ...notesOf(a, b, { unit, least: Math.min(left.length, right.length) }),
      ...(isInvalid ? [] : leftOutNotes(leftOut, spoiled)),
    ],
    invalid: isInvalid ? firstOf(spoiled) : [],
    isPartial,
    regression,
    regressions: metrics.filter(isWorse),
  };
}

function unitFor(a: ComparedSide, b: ComparedSide, takesTurns: boolean): ComparedUnit {
  const runs = Math.min(a.runs.length, b.runs.length);
  if (takesTurns) return runs >= leastPairs ? "turn" : "stretch";
  return runs >= leastApart ? "run" : "stretch";
}

function unitsOf({ runs }: ComparedSide, unit: ComparedUnit): SampleUnit[] {
  return unit === "stretch" ? runs.flatMap(stretchesOf) : runs.map(wholeOf);
}

/** A run's throughput is its own: the seconds that it is cut into are longer than a short one. */
function wholeOf(run: LoadDocument): SampleUnit {
  const whole = mergeUnits(unitsOfBlocks(run.blocks));
  const { throughput, durationMs } = run;
  return {
    ...whole,
    durationMs: throughput > 0 ? (whole.achieved * 1000) / throughput : durationMs,
  };
}

/** The last stretch ends somewhere in the middle: it has fewer responses whatever the target does. */
function stretchesOf({ blocks }: LoadDocument): SampleUnit[] {
  const units = unitsOfBlocks(blocks);
  return units.length > 2 ? units.slice(0, -1) : units;
}

function unitsOfBlocks({ blockMs, blocks }: LoadDocument["blocks"]): SampleUnit[] {
  return blocks.map(({ offered, achieved, failed, latencyUs }) => ({
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
          "stretches of one run share its luck, so the intervals are narrower than those of several runs: with --a and --b compare takes turns, which is the stronger test",
        ]
      : []),
    ...(unit === "stretch" && least < leastApart
      ? [`with ${least} units no difference can be shown; ${leastApart} are the least`]
      : []),
  ];
}

/** A pair that the generator spoiled says nothing of the target. */
function goodPairs(a: ComparedSide, b: ComparedSide): { a: ComparedSide; b: ComparedSide } {
  const isGood = (_: unknown, turn: number): boolean =>
    a.runs[turn]?.invalid !== true && b.runs[turn]?.invalid !== true;
  return {
    a: { ...a, runs: a.runs.filter(isGood) },
    b: { ...b, runs: b.runs.filter(isGood) },
  };
}

function leftOutNotes(leftOut: number, spoiled: readonly string[]): string[] {
  if (leftOut === 0) return [];
  const pairs = leftOut === 1 ? "one pair of turns is" : `${leftOut} pairs of turns are`;
  return [`${pairs} left out, the load generator was the limit: ${spoiled[0]}`];
}

/** There may be hundreds. */
function firstOf(reasons: readonly string[]): string[] {
  const most = 5;
  if (reasons.length <= most) return [...reasons];
  return [...reasons.slice(0, most), `and ${reasons.length - most} more like these`];
}

function invalidRuns(side: string, { runs }: ComparedSide): string[] {
  return runs.flatMap(({ invalid, invalidReasons }, index) =>
    invalid ? [`${side}${index + 1}: ${invalidReasons.join("; ")}`] : [],
  );
}

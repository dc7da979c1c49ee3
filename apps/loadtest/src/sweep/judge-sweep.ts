/* Latency against offered load, and where it bends. Pure. */
import type { LoadRun } from "../load/run-load.ts";
import { throughputOf } from "../load/throughput.ts";
import { kneeOf } from "../statistics/knee.ts";

/** What a step must do to be sustained. */
export const sweepLimits: {
  /** Of the requests that were due, answered with 2xx or 3xx… */
  readonly leastAnswered: number;
  /** …and answered so fast that responses come at this share of the offered rate. */
  readonly leastAchieved: number;
} = { leastAnswered: 0.99, leastAchieved: 0.95 };

/** One rate, and what came of it. Latencies are milliseconds since due; null without a response. */
export interface SweepStep {
  readonly offeredPerSecond: number;
  readonly achievedPerSecond: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Of the requests sent. */
  readonly failedShare: number;
  readonly dropped: number;
  readonly p99LagMs: number;
  /** Of the busiest worker. */
  readonly generatorUtilization: number;
  /**
   * `overloaded`: the target did not keep up. `generator-limited`: we did not, so the step says nothing of
   * the target.
   */
  readonly state: "sustained" | "overloaded" | "generator-limited";
  readonly reasons: readonly string[];
}

/** What the steps say together. */
export interface SweepVerdict {
  readonly steps: readonly SweepStep[];
  /** Where p99 bends: Kneedle over the steps that the generator kept up with; null where it does not. */
  readonly kneePerSecond: number | null;
  /** The highest sustained rate below the first overload, of the steps that can be judged; null for none. */
  readonly sustainedPerSecond: number | null;
  /** The first rate from which on the generator was always the limit; null where it was not at the end. */
  readonly generatorLimitPerSecond: number | null;
  /** What was found and what was not, a sentence each. */
  readonly findings: readonly string[];
}

/** Judges steps that were run at the first of `rates`. */
export function judgeSweep(runs: readonly LoadRun[], rates: readonly number[]): SweepVerdict {
  return judgeSteps(runs.map((run, index) => stepOf(run, rates[index] ?? 0)));
}

/** The same from the steps' numbers. */
export function judgeSteps(steps: readonly SweepStep[]): SweepVerdict {
  const judged = steps.filter(({ state }) => state !== "generator-limited");
  const curve = judged.flatMap(({ offeredPerSecond: x, p99Ms: y }) =>
    y === null ? [] : [{ x, y }],
  );
  const knee = kneeOf(curve);
  const broken = judged.findIndex(({ state }) => state === "overloaded");
  const sustained = broken === -1 ? judged.at(-1) : judged[broken - 1];
  // A step in the middle may have bad luck; from where on all are spoiled, that is a limit.
  const lastJudged = steps.findLastIndex(({ state }) => state !== "generator-limited");
  const found = {
    kneePerSecond: knee === undefined ? null : (curve[knee]?.x ?? null),
    sustainedPerSecond: sustained?.offeredPerSecond ?? null,
    generatorLimitPerSecond: steps[lastJudged + 1]?.offeredPerSecond ?? null,
  };
  return { steps, ...found, findings: findingsOf(found, steps) };
}

function stepOf({ plan, result, saturated }: LoadRun, offeredPerSecond: number): SweepStep {
  const { totals, utilizations } = result;
  const { counts, latencyUs } = totals;
  const at = (percentile: number): number | null =>
    latencyUs.count === 0 ? null : latencyUs.percentile(percentile) / 1000;
  const achievedPerSecond = throughputOf(plan.load.shape, result).perSecond;
  const overloads = overloadReasons(counts, achievedPerSecond / offeredPerSecond);
  const isLimited = saturated.length > 0;
  return {
    offeredPerSecond,
    achievedPerSecond,
    p50Ms: at(50),
    p90Ms: at(90),
    p99Ms: at(99),
    maxMs: at(100),
    failedShare: totals.sent > 0 ? totals.failed / totals.sent : 0,
    dropped: counts.dropped,
    p99LagMs: totals.lagUs.percentile(99) / 1000,
    generatorUtilization: Math.max(0, ...utilizations),
    state: isLimited ? "generator-limited" : overloads.length > 0 ? "overloaded" : "sustained",
    reasons: isLimited ? saturated : overloads,
  };
}

function overloadReasons(
  { due, succeeded }: { readonly due: number; readonly succeeded: number },
  achieved: number,
): string[] {
  const answered = due > 0 ? succeeded / due : 1;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return [
    ...(answered < sweepLimits.leastAnswered
      ? [`${percent(answered)} of the requests were answered well`]
      : []),
    ...(achieved < sweepLimits.leastAchieved
      ? [`responses came at ${percent(achieved)} of the offered rate`]
      : []),
  ];
}

function findingsOf(
  {
    kneePerSecond,
    sustainedPerSecond,
    generatorLimitPerSecond,
  }: Pick<SweepVerdict, "kneePerSecond" | "sustainedPerSecond" | "generatorLimitPerSecond">,
  steps: readonly SweepStep[],
): string[] {
  const highest = steps.at(-1)?.offeredPerSecond ?? 0;
  const spoiled = steps
    .filter(({ state }) => state === "generator-limited")
    .map(({ offeredPerSecond }) => offeredPerSecond)
    .filter((rate) => generatorLimitPerSecond === null || rate < generatorLimitPerSecond);
  return [
    sustainedPerSecond === null
      ? "no step was sustained"
      : `sustained up to ${sustainedPerSecond}/s${sustainedPerSecond === highest ? ", the highest rate offered" : ""}`,
    kneePerSecond === null
      ? "p99 has no knee among the steps that can be judged"
      : `the knee of p99 is at ${kneePerSecond}/s`,
    ...(spoiled.length > 0
      ? [
          `left out, because the load generator was late or busy: ${spoiled.map((rate) => `${rate}/s`).join(", ")}`,
        ]
      : []),
    ...(generatorLimitPerSecond === null
      ? []
      : [
          `from ${generatorLimitPerSecond}/s on the load generator is the limit, not the target: more --workers, or another machine`,
        ]),
  ];
}

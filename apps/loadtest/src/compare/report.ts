import { formatCount, formatLatency } from "../print/format.ts";
import { indent, wrapped } from "../print/layout.ts";
import type { Paint, Tone } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import { leastApart, leastPairs, type MetricComparison, significance } from "./compare-samples.ts";
import type { ComparedUnit, Comparison } from "./comparison.ts";
import { type ComparedMetric } from "./sample-unit.ts";

/** How it is judged, for whoever wants to doubt it; what all comparisons share where there is no unit. */
export function compareMethod(unit?: ComparedUnit): string[] {
  return [
    ...(unit === "turn" || unit === undefined ? [pairMethod] : []),
    ...(unit === "turn" ? [] : [apartMethod]),
    `p is adjusted for asking about several metrics at once (Holm), so that in all of them together a difference where there is none is shown in at most ${significance * 100} % of comparisons; intervals are 95 % each`,
  ];
}

const pairMethod = `turns that follow one another are a pair, and from ${leastPairs} pairs a difference is shown where Student's t test over the logarithms of their ratios says p < ${significance}`;

const apartMethod = `without turns, over the stretches of the runs, ${leastApart} or more: a difference is shown where its bootstrap interval (2,000 resamples) leaves out none at all, and the Mann–Whitney U test over their own values says p < ${significance}; never over requests, because requests of one moment share their luck`;

const columns: readonly Column[] = [
  { heading: "", align: "left" },
  { heading: "A", align: "right" },
  { heading: "B", align: "right" },
  { heading: "B against A", align: "right" },
  { heading: "95 % interval", align: "right" },
  { heading: "p", align: "right" },
  { heading: "", align: "left" },
];

/** A comparison for people. */
export function renderComparison(comparison: Comparison, paint: Paint): string {
  const { a, b, units, unit, isPartial } = comparison;
  const count = (side: number): string => `${side} ${unitWord(unit, side)}`;
  return [
    `${paint("strong", "A")}  ${a.name}  (${count(units.a)})`,
    `${paint("strong", "B")}  ${b.name}  (${count(units.b)})${isPartial ? paint("warning", "  PARTIAL: interrupted") : ""}`,
    "",
    ...renderTable(
      columns,
      comparison.metrics.map((metric) => rowOf(metric, paint)),
    ).map((line) => `  ${line}`),
    "",
    ...comparison.notes.map((note) => `${paint("warning", "note")}  ${note}`),
    ...comparisonVerdictLines(comparison, paint),
    ...indent(
      compareMethod(unit)
        .flatMap((text) => wrapped(text))
        .map((line) => paint("quiet", line)),
    ),
  ].join("\n");
}

/** What came of it, in a line or a few. */
export function comparisonVerdictLines(comparison: Comparison, paint: Paint): string[] {
  const { invalid, regression, regressions } = comparison;
  if (invalid.length > 0) {
    return [
      `${paint("bad", "✗ RUN INVALID")}  the load generator was the limit, so this says nothing of the targets:`,
      ...invalid.map((reason) => `        ${reason}`),
    ];
  }
  if (regressions.length > 0) {
    return regressions.map(
      (metric) =>
        `${paint("bad", "✗ FAIL")}  ${summaryOf(metric)}, more than ${(regression ?? 0) * 100} % allowed`,
    );
  }
  const shown = comparison.metrics.filter(({ verdict }) => verdict !== "no-difference-shown");
  const found = shown.length === 0 ? wrapped(nothingShown(comparison)) : shown.map(summaryOf);
  const pass =
    regression === undefined
      ? []
      : [`${paint("good", "✓ PASS")}  nothing is worse by more than ${regression * 100} %`];
  return [...found, ...pass];
}

/** That nothing was found, and what would have been. */
export function nothingShown({ metrics }: Comparison): string {
  const reaches = metrics.flatMap(({ metric, detectable }) =>
    detectable === null || detectable === 0
      ? []
      : [`${metricNames[metric]} ${formatDifference(metric, detectable)}`],
  );
  return [
    "no difference was shown, which is not proof that there is none",
    ...(reaches.length === 0
      ? []
      : [`one of this size is shown in 4 of 5 such comparisons: ${reaches.join(", ")}`]),
  ].join("; ");
}

function unitWord(unit: ComparedUnit, count: number): string {
  if (count === 1) return unit;
  return unit === "stretch" ? "stretches" : `${unit}s`;
}

/** Why a comparison fails, one sentence each. */
export function comparisonFailures({ regressions }: Comparison): string[] {
  return regressions.map(summaryOf);
}

/** `p99 is worse in B: +12.0 % (+8.1 % to +15.9 %)` */
export function summaryOf({ metric, verdict, difference }: MetricComparison): string {
  const interval =
    difference === null
      ? ""
      : `: ${formatDifference(metric, difference.estimate)} (${formatDifference(metric, difference.low)} to ${formatDifference(metric, difference.high)})`;
  return `${metricNames[metric]} is ${verdict === "better" ? "better" : "worse"} in B${interval}`;
}

/** What each metric is called. */
export const metricNames: Readonly<Record<ComparedMetric, string>> = {
  p1: "p1 latency",
  p50: "p50 latency",
  p99: "p99 latency",
  throughput: "throughput",
  failed: "failed share",
};

const tones: Readonly<Record<MetricComparison["verdict"], Tone>> = {
  better: "good",
  worse: "bad",
  "no-difference-shown": "quiet",
};

function rowOf(comparison: MetricComparison, paint: Paint): string[] {
  const { metric, a, b, difference, adjustedP: p, verdict } = comparison;
  const interval =
    difference === null
      ? "–"
      : `${formatDifference(metric, difference.low)} … ${formatDifference(metric, difference.high)}`;
  return [
    metricNames[metric],
    formatValue(metric, a),
    formatValue(metric, b),
    difference === null ? "–" : formatDifference(metric, difference.estimate),
    interval,
    p === null ? "–" : p < 0.0001 ? "< 0.0001" : p.toFixed(4),
    paint(tones[verdict], verdict.replaceAll("-", " ")),
  ];
}

function formatValue(metric: ComparedMetric, value: number | null): string {
  if (value === null) return "–";
  if (metric === "throughput") return `${formatCount(value)}/s`;
  return metric === "failed"
    ? `${(value * 100).toFixed(2)} %`
    : formatLatency(Math.round(value * 1000));
}

function formatDifference(metric: ComparedMetric, difference: number): string {
  if (!Number.isFinite(difference)) return "n/a";
  const text = (difference * 100).toFixed(metric === "failed" ? 2 : 1);
  const sign = Number(text) > 0 ? "+" : "";
  return `${sign}${text} ${metric === "failed" ? "points" : "%"}`;
}

import { formatCount, formatLatency, formatShare } from "../print/format.ts";
import { indent, wrapped } from "../print/layout.ts";
import type { Paint } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import { kneeLimits } from "../statistics/knee.ts";
import { type SweepStep, sweepLimits } from "./judge-sweep.ts";
import type { SweepRun } from "./run-sweep.ts";

/** How the knee and the limit are found, for whoever wants to doubt it. */
export const sweepMethod: readonly string[] = [
  `sustained: at least ${sweepLimits.leastAnswered * 100} % of the requests answered with 2xx or 3xx, responses at ${sweepLimits.leastAchieved * 100} % of the offered rate or more, and the generator on time`,
  `knee: Kneedle on p99 over the offered rate, the step furthest below the line from the first to the last, where p99 grows to ${kneeLimits.leastRise} times its first value and the step is at least ${kneeLimits.leastDepth * 100} % of that rise below; steps that the generator spoiled are left out`,
];

const columns: readonly Column[] = [
  ...[
    "offered",
    "achieved",
    "p50",
    "p90",
    "p99",
    "max",
    "failed",
    "dropped",
    "lag p99",
    "generator",
  ].map((heading) => ({ heading, align: "right" }) as const),
  { heading: "", align: "left" },
];

/** A sweep for people. */
export function renderSweep(run: SweepRun, paint: Paint): string {
  const { verdict, isPartial } = run;
  const rows = verdict.steps.map((step) => rowOf(step, verdict.kneePerSecond, paint));
  return [
    `${paint("strong", `sweep of ${run.plan.load.url}`)}${isPartial ? paint("warning", "  PARTIAL: interrupted") : ""}`,
    "",
    ...renderTable(columns, rows).map((line) => `  ${line}`),
    "",
    ...sweepVerdictLines(run, paint),
    ...indent(sweepMethod.flatMap((text) => wrapped(text)).map((line) => paint("quiet", line))),
  ].join("\n");
}

/** What was found, a line each. */
export function sweepVerdictLines({ verdict }: SweepRun, paint: Paint): string[] {
  const isOurs = verdict.generatorLimitPerSecond !== null;
  return verdict.findings.map((finding, index) =>
    paint(isOurs && index === verdict.findings.length - 1 ? "warning" : "strong", finding),
  );
}

/** A step in the table. */
function rowOf(step: SweepStep, kneePerSecond: number | null, paint: Paint): string[] {
  const ms = (value: number | null): string =>
    value === null ? "–" : formatLatency(Math.round(value * 1000));
  const isKnee = step.offeredPerSecond === kneePerSecond;
  return [
    `${formatCount(step.offeredPerSecond)}/s`,
    `${formatCount(step.achievedPerSecond)}/s`,
    ms(step.p50Ms),
    ms(step.p90Ms),
    ms(step.p99Ms),
    ms(step.maxMs),
    formatShare(step.failedShare),
    formatCount(step.dropped),
    ms(step.p99LagMs),
    formatShare(step.generatorUtilization),
    [stateText(step, paint), ...(isKnee ? [paint("strong", "← knee")] : [])].join(" "),
  ];
}

function stateText({ state }: SweepStep, paint: Paint): string {
  if (state === "sustained") return paint("good", "✓ sustained");
  return state === "overloaded" ? paint("bad", "✗ overloaded") : paint("warning", "! generator");
}

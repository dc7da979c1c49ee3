import type { ReportContext } from "../report/report-context.ts";
import {
  type ReportCurve,
  type ReportDocument,
  reportSchemaName,
} from "../report/report-document.ts";
import { loadReportRun } from "../load/to-report.ts";
import { targetOf } from "../load/document.ts";
import type { SweepStep, SweepVerdict } from "./judge-sweep.ts";
import { sweepMethod } from "./report.ts";
import type { SweepRun } from "./run-sweep.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const sweepSchema = "evenkeel.loadtest.sweep/1";

/** The document that `sweep --json` prints. */
export interface SweepDocument extends SweepVerdict {
  readonly schema: typeof sweepSchema;
  readonly target: string;
  readonly startedAt: string;
  readonly partial: boolean;
  readonly stepMs: number;
  readonly settleMs: number;
  /** How the findings were come by. */
  readonly method: readonly string[];
}

/** The result of a sweep as JSON. */
export function sweepDocument({ plan, steps, verdict, isPartial }: SweepRun): SweepDocument {
  const [first] = steps;
  return {
    schema: sweepSchema,
    target: first === undefined ? plan.load.url : targetOf(first.plan.load),
    startedAt: new Date(first?.result.startedAtWallMs ?? 0).toISOString(),
    partial: isPartial,
    stepMs: plan.stepMs,
    settleMs: plan.settleMs,
    method: sweepMethod,
    ...verdict,
  };
}

const csvColumns = [
  ["offered_per_second", "offeredPerSecond"],
  ["achieved_per_second", "achievedPerSecond"],
  ["p50_ms", "p50Ms"],
  ["p90_ms", "p90Ms"],
  ["p99_ms", "p99Ms"],
  ["max_ms", "maxMs"],
  ["failed_share", "failedShare"],
  ["dropped", "dropped"],
  ["p99_lag_ms", "p99LagMs"],
  ["generator_utilization", "generatorUtilization"],
  ["state", "state"],
] as const satisfies readonly (readonly [string, keyof SweepStep])[];

/** The steps as CSV (RFC 4180), a line each; empty where there is no number. */
export function sweepCsv({ verdict }: SweepRun): string {
  const rows = verdict.steps.map((step) => csvColumns.map(([, key]) => step[key] ?? "").join(","));
  return `${[csvColumns.map(([heading]) => heading).join(","), ...rows].join("\r\n")}\r\n`;
}

/** A sweep as everybody shows it. */
export function sweepReport(run: SweepRun, context: ReportContext): ReportDocument {
  const { verdict, steps } = run;
  const { target, startedAt } = sweepDocument(run);
  return {
    schema: reportSchemaName,
    kind: "sweep",
    title: `Latency against load on ${target}`,
    target,
    ...context,
    startedAt,
    durationMs: steps.reduce((sum, { result }) => sum + result.durationMs, 0),
    verdict: {
      kind: verdict.steps[0]?.state === "generator-limited" ? "invalid" : "not-judged",
      reasons: verdict.findings,
    },
    partial: run.isPartial,
    notes: sweepMethod,
    warnings: verdict.steps.flatMap(({ state, offeredPerSecond, reasons }) =>
      state === "generator-limited" ? reasons.map((why) => `${offeredPerSecond}/s: ${why}`) : [],
    ),
    runs: steps.map((step, index) => loadReportRun(step, `${run.plan.rates[index] ?? 0}/s`)),
    curves: [latencyCurve(verdict), rateCurve(verdict)],
    tables: [stepTable(verdict)],
  };
}

function latencyCurve({ steps, kneePerSecond }: SweepVerdict): ReportCurve {
  const us = (ms: number | null): number | null => (ms === null ? null : ms * 1000);
  const line = (name: string, key: "p50Ms" | "p90Ms" | "p99Ms") => ({
    name,
    points: steps.map((step) => [step.offeredPerSecond, us(step[key])] as const),
  });
  return {
    title: "Latency against offered load",
    x: { label: "offered", unit: "perSecond", isLog: false },
    y: { label: "latency since due", unit: "us", isLog: true },
    lines: [line("p50", "p50Ms"), line("p90", "p90Ms"), line("p99", "p99Ms")],
    marks: kneePerSecond === null ? [] : [{ x: kneePerSecond, label: "knee" }],
  };
}

function rateCurve({ steps, generatorLimitPerSecond }: SweepVerdict): ReportCurve {
  return {
    title: "Achieved against offered load",
    x: { label: "offered", unit: "perSecond", isLog: false },
    y: { label: "achieved", unit: "perSecond", isLog: false },
    lines: [
      {
        name: "achieved",
        points: steps.map((step) => [step.offeredPerSecond, step.achievedPerSecond]),
      },
      {
        name: "offered",
        points: steps.map((step) => [step.offeredPerSecond, step.offeredPerSecond]),
      },
    ],
    marks:
      generatorLimitPerSecond === null
        ? []
        : [{ x: generatorLimitPerSecond, label: "generator's limit" }],
  };
}

function stepTable({ steps }: SweepVerdict): ReportDocument["tables"][number] {
  return {
    title: "Steps",
    columns: [
      { heading: "offered", unit: "perSecond" },
      { heading: "achieved", unit: "perSecond" },
      { heading: "p50", unit: "ms" },
      { heading: "p90", unit: "ms" },
      { heading: "p99", unit: "ms" },
      { heading: "max", unit: "ms" },
      { heading: "failed", unit: "share" },
      { heading: "dropped", unit: "count" },
      { heading: "generator busy", unit: "share" },
      { heading: "", unit: "text" },
    ],
    rows: steps.map((step) => [
      step.offeredPerSecond,
      step.achievedPerSecond,
      step.p50Ms,
      step.p90Ms,
      step.p99Ms,
      step.maxMs,
      step.failedShare,
      step.dropped,
      step.generatorUtilization,
      step.state,
    ]),
  };
}

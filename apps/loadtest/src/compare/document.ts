import type { ReportContext } from "../report/report-context.ts";
import { type ReportDocument, reportSchemaName } from "../report/report-document.ts";
import type { MetricComparison } from "./compare-samples.ts";
import type { Comparison } from "./comparison.ts";
import type { ComparedMetric } from "./sample-unit.ts";
import {
  comparisonFailures,
  compareMethod,
  metricNames,
  nothingShown,
  summaryOf,
} from "./report.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const compareSchema = "evenkeel.loadtest.compare/2";

/** The document that `compare --json` prints. */
export interface ComparisonDocument {
  readonly schema: typeof compareSchema;
  readonly a: SideDocument;
  readonly b: SideDocument;
  readonly unit: Comparison["unit"];
  readonly metrics: readonly MetricComparison[];
  readonly notes: readonly string[];
  readonly invalid: boolean;
  readonly invalidReasons: readonly string[];
  readonly partial: boolean;
  /** A fraction; null: nothing is a failure. */
  readonly regression: number | null;
  readonly pass: boolean;
  readonly reasons: readonly string[];
  /** How it was judged. */
  readonly method: readonly string[];
}

/** One side. */
export interface SideDocument {
  readonly name: string;
  readonly target: string;
  /** Turns, where they took turns. */
  readonly runs: number;
  readonly units: number;
}

/** A comparison as JSON. */
export function comparisonDocument(comparison: Comparison): ComparisonDocument {
  const { a, b, units, unit, metrics, notes, invalid, isPartial, regression, regressions } =
    comparison;
  return {
    schema: compareSchema,
    a: { name: a.name, target: a.runs[0]?.target ?? "", runs: a.runs.length, units: units.a },
    b: { name: b.name, target: b.runs[0]?.target ?? "", runs: b.runs.length, units: units.b },
    unit,
    metrics,
    notes,
    invalid: invalid.length > 0,
    invalidReasons: invalid,
    partial: isPartial,
    regression: regression ?? null,
    pass: regressions.length === 0,
    reasons: comparisonFailures(comparison),
    method: compareMethod(comparison.unit),
  };
}

/** A comparison as everybody shows it. */
export function comparisonReport(comparison: Comparison, context: ReportContext): ReportDocument {
  const { a, b, invalid, isPartial } = comparison;
  const runs = [...a.runs, ...b.runs];
  return {
    schema: reportSchemaName,
    kind: "compare",
    title: `${b.name} against ${a.name}`,
    target: a.runs[0]?.target ?? "",
    ...context,
    startedAt: runs.map(({ startedAt }) => startedAt).toSorted()[0] ?? new Date(0).toISOString(),
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    verdict: verdictOf(comparison),
    partial: isPartial,
    notes: [...comparison.notes, ...compareMethod(comparison.unit)],
    warnings: invalid,
    runs: [],
    curves: [],
    tables: [metricTable(comparison)],
  };
}

function verdictOf(comparison: Comparison): ReportDocument["verdict"] {
  const { invalid, regressions, regression, metrics } = comparison;
  if (invalid.length > 0) return { kind: "invalid", reasons: invalid };
  if (regressions.length > 0) return { kind: "fail", reasons: regressions.map(summaryOf) };
  const shown = metrics.filter(({ verdict }) => verdict !== "no-difference-shown").map(summaryOf);
  const reasons = shown.length === 0 ? [nothingShown(comparison)] : shown;
  return { kind: regression === undefined ? "not-judged" : "pass", reasons };
}

function metricTable({ metrics }: Comparison): ReportDocument["tables"][number] {
  return {
    title: "B against A",
    columns: [
      { heading: "metric", unit: "text" },
      { heading: "A", unit: "number" },
      { heading: "B", unit: "number" },
      { heading: "difference", unit: "share" },
      { heading: "at least", unit: "share" },
      { heading: "at most", unit: "share" },
      { heading: "p", unit: "number" },
      { heading: "would show", unit: "share" },
      { heading: "", unit: "text" },
    ],
    rows: metrics.map(({ metric, a, b, difference, adjustedP, detectable, verdict }) => [
      `${metricNames[metric]}${metricUnits[metric]}`,
      a,
      b,
      finite(difference?.estimate),
      finite(difference?.low),
      finite(difference?.high),
      adjustedP,
      detectable,
      verdict.replaceAll("-", " "),
    ]),
  };
}

const metricUnits: Readonly<Record<ComparedMetric, string>> = {
  p1: ", ms",
  p50: ", ms",
  p99: ", ms",
  throughput: ", per second",
  failed: "",
};

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

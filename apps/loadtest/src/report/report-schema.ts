import * as z from "zod";
import {
  type ReportCurve,
  type ReportDocument,
  type ReportEnvironment,
  reportKinds,
  type ReportLedger,
  type ReportRun,
  type ReportSeries,
  reportSchemaName,
  type ReportTable,
  reportUnits,
} from "./report-document.ts";

// Objects take keys that they do not know: a report of a later version is still a report.

const count = z.number().int().min(0);
const share = z.number().min(0);
const counts = z.array(count);
const countsByName = z.record(z.string(), count);
const countsOverTimeByName = z.record(z.string(), counts);
const latencies = z.array(z.number().min(0).nullable());
const sparseCounts = z.array(z.tuple([count, count]));
const text = z.string();
const texts = z.array(text);
const moment = z.iso.datetime();
const unit = z.enum(reportUnits);

const verdict = z.object({
  kind: z.enum(["pass", "fail", "invalid", "not-judged"]),
  reasons: texts,
});

const table: z.ZodType<ReportTable> = z.object({
  title: text,
  columns: z.array(z.object({ heading: text, unit: z.enum([...reportUnits, "text"]) })),
  rows: z.array(z.array(z.union([text, z.number(), z.null()]))),
});

const axis = z.object({ label: text, unit, isLog: z.boolean() });

const curve: z.ZodType<ReportCurve> = z.object({
  title: text,
  x: axis,
  y: axis,
  lines: z.array(
    z.object({ name: text, points: z.array(z.tuple([z.number(), z.number().nullable()])) }),
  ),
  marks: z.array(z.object({ x: z.number(), label: text })),
});

const environment: z.ZodType<ReportEnvironment> = z.object({
  version: text.nullable(),
  commit: text.nullable(),
  node: text,
  os: text,
  cpu: text,
  cores: count,
  memoryBytes: count,
});

/** Columns of one table: a page would draw nonsense where they were of different lengths. */
const series: z.ZodType<ReportSeries> = z
  .object({
    intervalMs: z.number().positive(),
    offered: counts,
    achieved: counts,
    failed: counts,
    outcomes: countsOverTimeByName,
    backends: countsOverTimeByName,
    p50Us: latencies,
    p90Us: latencies,
    p99Us: latencies,
    maxUs: latencies,
    latency: z.array(sparseCounts),
  })
  .refine(hasEqualColumns, { message: "columns of different lengths" });

function hasEqualColumns(series: ReportSeries): boolean {
  const columns: readonly (readonly unknown[])[] = [
    ...Object.values(series).filter((column) => Array.isArray(column)),
    ...Object.values(series.outcomes),
    ...Object.values(series.backends),
  ];
  return columns.every(({ length }) => length === series.offered.length);
}

const latency = z.object({
  from: z.enum(["due", "sent"]),
  count,
  sumUs: count,
  minUs: count,
  maxUs: count,
  buckets: sparseCounts,
});

const backend = z.object({
  name: text,
  requests: count,
  share,
  expectedShare: share.nullable(),
  leastShare: share.nullable(),
  mostShare: share.nullable(),
  verdict: z.enum(["within", "outside", "not-judged"]),
  note: text,
});

const ledger: z.ZodType<ReportLedger> = z.object({
  due: count,
  sent: count,
  succeeded: count,
  errorResponses: count,
  lost: count,
  aborted: count,
  dropped: count,
  retries: count.nullable(),
  doubled: count.nullable(),
  unexplained: count.nullable(),
  unlogged: count.nullable(),
  entries: z.object({ client: count, balancer: count.nullable(), backends: count.nullable() }),
  listed: z.array(z.object({ what: text, ids: texts })),
});

const run: z.ZodType<ReportRun> = z.object({
  title: text,
  startedAt: moment,
  durationMs: z.number().min(0),
  verdict,
  partial: z.boolean(),
  thresholds: z.array(
    z.object({ text, value: text, verdict: z.enum(["met", "not-met", "unknown"]) }),
  ),
  checks: z.array(
    z.object({
      what: text,
      expected: text,
      measured: text,
      verdict: z.enum(["pass", "fail", "not-judged"]),
      note: text,
    }),
  ),
  figures: z.array(z.object({ name: text, value: z.number().nullable(), unit })),
  series: series.nullable(),
  latency: latency.nullable(),
  serviceTime: latency.nullable(),
  backends: z.array(backend),
  statuses: countsByName,
  errors: countsByName,
  faults: z.array(
    z.object({ fromMs: z.number(), toMs: z.number().nullable(), label: text, backends: texts }),
  ),
  ledger: ledger.nullable(),
  tables: z.array(table),
});

/** Reads a report; what it is not says where. */
export const reportSchema: z.ZodType<ReportDocument> = z.object({
  schema: z.literal(reportSchemaName),
  kind: z.enum(reportKinds),
  title: text,
  target: text,
  command: text,
  startedAt: moment,
  durationMs: z.number().min(0),
  verdict,
  partial: z.boolean(),
  notes: texts,
  warnings: texts,
  environment,
  runs: z.array(run),
  curves: z.array(curve),
  tables: z.array(table),
});

/** The JSON Schema (draft 2020-12) of a report, from the same source that reads it. */
export function reportJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "Evenkeel load test report",
    ...z.toJSONSchema(reportSchema, { io: "input", target: "draft-2020-12" }),
  };
}

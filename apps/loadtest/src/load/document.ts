import {
  type CountsDocument,
  countsDocument,
  type LatencyDocument,
  latencyDocument,
  type ThresholdDocument,
} from "../failover/document.ts";

import type { SparseCounts } from "../report/report-document.ts";
import { sparseCounts } from "../report/sparse-counts.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import type { LoadCounts } from "./load-delta.ts";
import type { LoadPlan, LoadShape } from "./load-plan.ts";
import type { LoadRow } from "./load-series.ts";
import { correctedOf, loadFailures } from "./report.ts";
import { checkName } from "./response-checks.ts";
import type { LoadRun } from "./run-load.ts";
import { throughputOf } from "./throughput.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const loadSchema = "evenkeel.loadtest.run/1";

/** The document that `run --json` prints: times in milliseconds, `null` for what is not known. */
export interface LoadDocument {
  readonly schema: typeof loadSchema;
  readonly target: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly pass: boolean;
  readonly reasons: readonly string[];
  /** The generator was the limit. */
  readonly invalid: boolean;
  readonly invalidReasons: readonly string[];
  readonly partial: boolean;
  /** The threshold that ended the run early. */
  readonly abortedBy: string | null;
  readonly plan: {
    readonly shape: LoadShape;
    readonly keepAlive: boolean;
    readonly timeoutMs: number;
    readonly warmupMs: number;
    readonly seed: number;
    readonly workers: number;
  };
  readonly counts: LoadCounts & { readonly sent: number; readonly failed: number };
  /** Complete responses per second. */
  readonly throughput: number;
  /** From when a request was due; in a closed loop that is when it was sent. */
  readonly latency: LatencyDocument;
  /** From when it was sent. */
  readonly service: LatencyDocument;
  /** Of a closed loop: with the requests that it did not send while it waited. */
  readonly corrected: LatencyDocument | null;
  readonly lag: LatencyDocument;
  /** Busy share of each worker. */
  readonly generatorUtilizations: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly errorCodes: Readonly<Record<string, number>>;
  readonly backends: Readonly<Record<string, number>>;
  readonly requests: readonly KindDocument[];
  readonly thresholds: readonly ThresholdDocument[];
  readonly ledgers: CountsDocument | null;
  /** At most 64 stretches of equal length, whole histograms in each, for `compare`. */
  readonly blocks: BlocksDocument;
}

/** One kind of request. */
export interface KindDocument {
  readonly name: string;
  readonly responses: number;
  readonly failed: number;
  readonly latency: LatencyDocument;
  readonly checks: readonly {
    readonly check: string;
    readonly held: number;
    readonly missed: number;
  }[];
}

/** The run cut into stretches. */
export interface BlocksDocument {
  readonly blockMs: number;
  readonly blocks: readonly BlockDocument[];
}

/** One stretch. */
export interface BlockDocument {
  readonly offered: number;
  readonly achieved: number;
  readonly failed: number;
  /** Microseconds: `[highest, count]` of every bucket that is not empty. */
  readonly latencyUs: SparseCounts;
}

/** The result of a run as JSON. */
export function loadDocument(run: LoadRun): LoadDocument {
  const { plan, result } = run;
  const { totals } = result;
  return {
    schema: loadSchema,
    target: targetOf(plan.load),
    startedAt: new Date(result.startedAtWallMs).toISOString(),
    durationMs: result.durationMs,
    pass: run.pass,
    reasons: loadFailures(run),
    invalid: run.isInvalid,
    invalidReasons: run.saturated,
    partial: run.isPartial,
    abortedBy: run.abortedBy?.threshold.text ?? null,
    plan: planDocument(plan.load),
    counts: { ...totals.counts, sent: totals.sent, failed: totals.failed },
    throughput: throughputOf(plan.load.shape, result).perSecond,
    latency: summary(totals.latencyUs),
    service: summary(totals.serviceUs),
    corrected: plan.load.shape.loop === "closed" ? summary(correctedOf(run)) : null,
    lag: summary(totals.lagUs),
    generatorUtilizations: result.utilizations,
    statuses: Object.fromEntries(totals.statuses),
    errors: Object.fromEntries(totals.errors),
    errorCodes: Object.fromEntries(totals.errorCodes),
    backends: Object.fromEntries(totals.backends),
    requests: kindDocuments(run),
    thresholds: run.thresholds.map(({ threshold, value, verdict }) => ({
      threshold: threshold.text,
      value: value === Infinity ? null : value,
      verdict,
    })),
    ledgers: run.counts === undefined ? null : countsDocument(run.counts),
    blocks: { blockMs: totals.blocks.rowMs, blocks: totals.blocks.rows.map(blockDocument) },
  };
}

/** The URL where there is one, or its origin. */
export function targetOf({ origin, requests }: LoadPlan): string {
  const [only] = requests;
  return requests.length === 1 && only !== undefined ? origin + only.target : origin;
}

function planDocument({
  shape,
  keepAlive,
  timeoutMs,
  warmupMs,
  seed,
  workers,
}: LoadPlan): LoadDocument["plan"] {
  return { shape, keepAlive, timeoutMs, warmupMs, seed, workers };
}

function kindDocuments({ plan, result }: LoadRun): KindDocument[] {
  return plan.load.requests.flatMap(({ name, checks }, index) => {
    const kind = result.totals.kinds[index];
    if (kind === undefined) return [];
    return [
      {
        name,
        responses: kind.responses,
        failed: kind.failed,
        latency: summary(kind.latencyUs),
        checks: checks.map((check, number) => ({
          check: checkName(check),
          held: kind.passed[number] ?? 0,
          missed: kind.missed[number] ?? 0,
        })),
      },
    ];
  });
}

function blockDocument({ offered, achieved, failed, latencyUs }: LoadRow): BlockDocument {
  const latency = new LatencyHistogram();
  latency.addSparse(latencyUs);
  return { offered, achieved, failed, latencyUs: sparseCounts(latency.snapshot()) };
}

function summary(latency: LatencyHistogram): LatencyDocument {
  return latencyDocument(latency.snapshot());
}

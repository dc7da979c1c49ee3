import { withoutPassword } from "../engine/plan.ts";
import {
  type CountsDocument,
  countsDocument,
  type LatencyDocument,
  latencyDocument,
} from "../failover/document.ts";
import type { WindowCounts } from "../observation/window-counters.ts";
import type { ScopedVerdict } from "./chaos-thresholds.ts";
import type { WindowTally } from "./chaos-windows.ts";
import { chaosFailures } from "./report.ts";
import type { ChaosRun } from "./run-chaos.ts";
import { formatEvent } from "./timeline.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const chaosSchema = "evenkeel.loadtest.chaos/1";

/** The document that `--json` prints: times in milliseconds, `null` for what is not known. */
export interface ChaosDocument {
  readonly schema: typeof chaosSchema;
  readonly target: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly pass: boolean;
  readonly reasons: readonly string[];
  /** The generator could not keep its schedule. */
  readonly invalid: boolean;
  readonly invalidReasons: readonly string[];
  /** Interrupted: counts are right as far as they go. */
  readonly partial: boolean;
  /** As `--timeline` takes it, also where it was drawn. */
  readonly timeline: string;
  readonly seed: number;
  readonly counts: CountsDocument;
  readonly latency: LatencyDocument;
  readonly lag: LatencyDocument;
  readonly generatorUtilization: number;
  readonly windows: readonly ChaosWindowDocument[];
  readonly thresholds: readonly {
    readonly threshold: string;
    readonly verdict: ScopedVerdict["verdict"];
    readonly value: number | null;
    /** Start of the first window that missed it. */
    readonly windowAtMs: number | null;
  }[];
  /** 100 ms each. */
  readonly series: readonly WindowCounts[];
}

/** One window. */
export interface ChaosWindowDocument extends Omit<WindowTally, "latency"> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly broken: readonly string[];
  readonly latency: LatencyDocument;
}

/** The result of a run as JSON. */
export function chaosDocument(run: ChaosRun): ChaosDocument {
  const { plan, load } = run;
  return {
    schema: chaosSchema,
    target: withoutPassword(run.url),
    startedAt: new Date(load.startedAtWallMs).toISOString(),
    durationMs: load.durationMs,
    pass: run.pass,
    reasons: chaosFailures(run),
    invalid: run.invalid.length > 0,
    invalidReasons: run.invalid,
    partial: run.isPartial,
    timeline: plan.events.map(formatEvent).join("; "),
    seed: plan.load.seed,
    counts: countsDocument(run.counts),
    latency: latencyDocument(load.latencyUs),
    lag: latencyDocument(load.lagUs),
    generatorUtilization: load.generatorUtilization,
    windows: run.windows.map(({ fromMs, toMs, broken, counts: { latency, ...counts } }) => ({
      fromMs,
      toMs,
      broken,
      ...counts,
      latency: latencyDocument(latency.snapshot()),
    })),
    thresholds: run.thresholds.map(({ scoped, verdict, window, value }) => ({
      threshold: scoped.text,
      verdict,
      value,
      windowAtMs: window?.fromMs ?? null,
    })),
    series: load.windows,
  };
}

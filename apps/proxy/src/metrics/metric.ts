import type { Scoreboard } from "@evenkeel/core";
import type { ReloadCounts } from "../generation/generations.ts";
import type { PlacedConfig } from "../generation/placed-config.ts";
import type { HealthControl } from "../health/health-control.ts";
import type { DurationHistogram, DurationTotals } from "../observe/duration-histogram.ts";
import type { TrafficCounters } from "../observe/traffic-counters.ts";

/** Where the numbers are when somebody asks: in the control plane and in shared memory. */
export interface MetricSources {
  /** In force now. */
  readonly config: PlacedConfig;
  readonly reloads: ReloadCounts;
  readonly scoreboard: Scoreboard;
  /** By data-plane thread. */
  readonly counters: readonly TrafficCounters[];
  readonly health: Pick<HealthControl, "status">;
  /** Of the control plane's own event loop. */
  readonly loopDelays: DurationHistogram;
  /** How often each worker was replaced; empty without workers. */
  readonly workerRestarts: () => readonly number[];
}

/** One series. `labels` are values in the order of the metric's label names. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

export interface DurationSample {
  readonly labels: readonly string[];
  readonly durations: DurationTotals;
}

interface MetricFacts {
  /** With its unit; a counter ends in `_total`. */
  readonly name: string;
  /** One sentence for people. */
  readonly help: string;
  readonly labels: readonly string[];
}

export interface ValueMetric extends MetricFacts {
  readonly type: "counter" | "gauge";
  readonly read: (sources: MetricSources) => readonly Sample[];
}

export interface HistogramMetric extends MetricFacts {
  readonly type: "histogram";
  readonly read: (sources: MetricSources) => readonly DurationSample[];
}

export type Metric = ValueMetric | HistogramMetric;

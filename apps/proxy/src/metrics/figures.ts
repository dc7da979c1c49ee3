import type { BackendHealthStatus } from "../health/health-control.ts";
import { type StatusClass, codeNames, statusClasses } from "../observe/answer-codes.ts";
import { DurationTotals } from "../observe/duration-histogram.ts";
import { outcomeNames, type TrafficCounters } from "../observe/traffic-counters.ts";
import type { TrafficWindow } from "../observe/traffic-window.ts";
import type { MetricSources } from "./metric.ts";

/*
 * Figures for people, where Prometheus works them out itself: totals since the start, rates and durations
 * of the window.
 */

/** Of everything together. */
export interface TrafficFigures {
  /** Of pools that are gone, too: a total never falls. */
  readonly totalRequests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds; null when no request ended in the window. */
  readonly averageMs: number | null;
  /** Share of the window's requests that were answered with 5xx, by a backend or by us: 0 to 1. */
  readonly errorRate: number;
}

export function trafficFigures(sources: MetricSources, window: TrafficWindow): TrafficFigures {
  const pools = [...sources.config.pools.map(({ row }) => row), null];
  const requests = (classes: readonly StatusClass[]): number =>
    sumOf(pools, (pool) => sumOf(classes, (name) => window.counts.requests(pool, name)));
  const durations = new DurationTotals();
  for (const pool of pools) window.counts.addDurationsTo(durations, pool);
  const recent = requests(statusClasses);
  return {
    totalRequests: sumOf(sources.counters, ({ allRequests }) => allRequests),
    requestsPerSecond: window.perSecond(recent),
    averageMs: durations.meanMs,
    errorRate: recent === 0 ? 0 : requests(["5xx"]) / recent,
  };
}

/** Of one backend. */
export interface BackendFigures {
  /** Attempts that ended since the start. */
  readonly requests: number;
  /** The same and those that run: how often it was chosen. */
  readonly selections: number;
  /** Answers since the start, by status; those that there were. */
  readonly statusCodes: Readonly<Record<string, number>>;
  /** Attempts that ended in the window. */
  readonly requestsPerSecond: number;
  /** Of the answers in the window. */
  readonly durations: DurationTotals;
}

export function backendFigures(
  { counters, scoreboard }: MetricSources,
  window: TrafficWindow,
  slot: number,
): BackendFigures {
  const attempts = (one: TrafficCounters): number =>
    sumOf(outcomeNames, (outcome) => one.attempts(slot, outcome));
  const requests = sumOf(counters, attempts);
  const durations = new DurationTotals();
  window.counts.addAttemptDurationsTo(durations, slot);
  const codes = codeNames.map(
    (code) => [code, sumOf(counters, (one) => one.answers(slot, code))] as const,
  );
  return {
    requests,
    selections: requests + scoreboard.inFlight(slot),
    statusCodes: Object.fromEntries(codes.filter(([, count]) => count > 0)),
    requestsPerSecond: window.perSecond(attempts(window.counts)),
    durations,
  };
}

/** Nothing speaks against it. Operators' states are not health, but it serves nobody then. */
export function isHealthy({ status }: Pick<BackendHealthStatus, "status">): boolean {
  return status === "healthy" || status === "unknown";
}

/** A number that people read: thousandths are enough. */
export function rounded<Value extends number | null>(value: Value): Value | number {
  return value === null ? value : Math.round(value * 1_000) / 1_000;
}

function sumOf<Item>(items: readonly Item[], read: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + read(item), 0);
}

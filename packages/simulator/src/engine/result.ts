import type { Outcome } from "@evenkeel/core";
import type { Histogram } from "./histogram.ts";

/**
 * Why a request had no success. `status`: the answer said 429 or 5xx; `full`: the backend's queue was;
 * `refused`: nobody listened; `reset`: the process died meanwhile; `timeout`: patience or the attempt's
 * time ran out; `none-ready`: no backend was ready.
 */
export const failureNames = [
  "status",
  "full",
  "refused",
  "reset",
  "timeout",
  "none-ready",
] as const;

export type FailureName = (typeof failureNames)[number];

/** The name of an outcome that is no success. */
export function failureOf(outcome: Outcome): FailureName {
  if (outcome.kind === "canceled") return "timeout";
  if (outcome.kind === "response") return outcome.latencyMs === 0 ? "full" : "status";
  if (outcome.cause === "timeout") return "timeout";
  return outcome.cause === "connect" ? "refused" : "reset";
}

/** One stretch of the run, by when requests arrived. */
export interface Slice {
  readonly fromMs: number;
  arrived: number;
  failed: number;
  readonly latency: Histogram;
  /** Attempts that each backend got, warm-up included. */
  readonly attempts: number[];
}

export interface BackendResult {
  readonly id: string;
  /** Attempts that balancers gave it, of counted requests. */
  readonly attempts: number;
  /** Of all attempts of counted requests, 0 to 1. */
  readonly share: number;
  /** Most attempts in flight at a time, over all balancers. */
  readonly maxInFlight: number;
}

/** A balancer's view of a backend changed by active checks. */
export interface ReadinessChange {
  readonly atMs: number;
  readonly balancer: number;
  readonly backend: string;
  readonly ready: boolean;
}

export interface SimulationResult {
  readonly strategy: string;
  readonly seed: number;
  /** Counted requests, which are those after the warm-up. */
  readonly requests: number;
  readonly succeeded: number;
  readonly failures: Readonly<Record<FailureName, number>>;
  /** Of counted requests, 0 to 1. */
  readonly errorRate: number;
  /** Successes that took no longer than `deadlineMs`, of counted requests, 0 to 1. */
  readonly withinDeadline: number;
  /** From arrival to answer, of counted successes, retries included. */
  readonly latency: Histogram;
  /** Time that the successful attempt waited for a slot. */
  readonly queueing: Histogram;
  readonly backends: readonly BackendResult[];
  /** Largest share in relation to what the weights promise; 1 = perfect. */
  readonly imbalance: number;
  readonly maxInFlight: number;
  readonly retriesPerRequest: number;
  /** Share of counted first attempts that went where the last one with the same key went. */
  readonly affinity: number;
  readonly slices: readonly Slice[];
  readonly readiness: readonly ReadinessChange[];
  /** Virtual time of the last event. */
  readonly endedAtMs: number;
}

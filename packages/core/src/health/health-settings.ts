import type { CheckedStatus, RiseFallThresholds } from "./rise-fall.ts";

/** What the verdict over a backend's active checks depends on; when they run is the control plane's. */
export interface CheckSettings extends RiseFallThresholds {
  /**
   * What is assumed at the start of the process. `unhealthy`: no traffic before the first check passed.
   * `healthy` and `unknown` take traffic.
   */
  readonly initialState: CheckedStatus;
}

/** Consecutive failures of real traffic open the breaker; the rest says how it closes again. */
export interface BreakerSettings {
  /** Failures in a row, over all workers, 1 or more. */
  readonly failureThreshold: number;
  /** How long the first ejection lasts; the k-th in a row lasts k times as long. Above 0. */
  readonly resetTimeoutMs: number;
  /** Trial requests that may be out at a time, 1 or more. */
  readonly halfOpenRequests: number;
  /** Share by which an ejection may last longer, at random, so that they do not end together; 0 to 1. */
  readonly jitter: number;
}

/** Statistics over real traffic that open the breaker. */
export interface OutlierSettings {
  /** How often outcomes are judged, and how long a quiet time forgets one ejection. Above 0. */
  readonly intervalMs: number;
  /** Share of failed requests from which a backend is ejected, above 0 to 1. */
  readonly failurePercentage: number;
  /** Standard deviations below the pool's mean success rate. */
  readonly successRateDeviation: number;
  /** Requests of an interval below which a backend is not judged, 1 or more. */
  readonly minRequests: number;
  /** Backends with that many requests below which rates are not compared. */
  readonly minBackends: number;
  /** Share of the pool that may be ejected at a time, 0 to 1; one backend always may. */
  readonly maxEjected: number;
  /** The longest ejection, before jitter. */
  readonly maxEjectionTimeMs: number;
}

/** One pool's, resolved. */
export interface HealthSettings {
  /** null = failures in a row do not eject. */
  readonly breaker: BreakerSettings | null;
  /** null = statistics do not eject. */
  readonly outlier: OutlierSettings | null;
  /** How long a backend that was out ramps up; 0 = it gets its full share at once. */
  readonly slowStartMs: number;
  /** Share of the pool that can serve, below which ejected backends serve too; 0 = never. */
  readonly panicThreshold: number;
}

/** One backend as health sees it. */
export interface HealthMember {
  /** Unique within its pool and stable over reloads. */
  readonly id: string;
  /** null = no active checks. */
  readonly check: CheckSettings | null;
}

/**
 * What people see. In order of precedence: what the operator said (`draining`, `maintenance`), what
 * active checks say (`unhealthy`), what real traffic says (`ejected`: the breaker is not closed),
 * `healthy`, or `unknown` while checks have decided nothing. Without checks a backend is `healthy`.
 */
export type BackendStatus =
  | "unknown"
  | "healthy"
  | "unhealthy"
  | "ejected"
  | "draining"
  | "maintenance";

/** Closed = traffic flows. */
export type BreakerState = "closed" | "open" | "half-open";

/** New requests: none, only as many as there are trial tokens, or all. */
export type Permission = "none" | "trial" | "full";

/** What the operator decided; the others are his wish for no new requests. */
export type OperatorState = "active" | "draining" | "maintenance";

/**
 * Something about a backend changed: its status, its breaker, its permission, or the trial tokens were
 * given out anew. Holds what the data plane needs to follow.
 */
export interface HealthChange {
  /** Its id. */
  readonly backend: string;
  readonly from: BackendStatus;
  /** The same as `from` when only breaker, permission or tokens changed. */
  readonly to: BackendStatus;
  readonly breaker: BreakerState;
  readonly permission: Permission;
  /** Replaces what was left of earlier ones; above 0 only with permission `trial`. */
  readonly trialTokens: number;
  /** For people: "5 failures in a row". */
  readonly reason: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** When an ejection ends; null unless the breaker is open. */
  readonly untilMs: number | null;
}

/** What the admin API shows of one backend. Times are monotonic milliseconds. */
export interface BackendHealthView {
  readonly status: BackendStatus;
  readonly breaker: BreakerState;
  readonly permission: Permission;
  /** When `status` last changed, or when the backend joined. */
  readonly since: number;
  /** Of the last change. */
  readonly reason: string;
  /** null unless the breaker is open. */
  readonly ejectedUntil: number | null;
  /** In a row: grows with each ejection, falls by one per quiet interval. */
  readonly ejections: number;
  /** Passed active checks, the latest ones. */
  readonly consecutiveSuccesses: number;
  /** Failed active checks, the latest ones. */
  readonly consecutiveFailures: number;
  /** When the last active check ended; null = never. */
  readonly lastCheck: number | null;
  /** Why the last failed active check failed; null = none did. */
  readonly lastError: string | null;
  /** Ejections that the cap on them forbade; null = none. */
  readonly capped: CappedEjection | null;
}

export interface CappedEjection {
  readonly count: number;
  /** Of the last one: why it should have been ejected, and why it was not. */
  readonly reason: string;
  readonly at: number;
}

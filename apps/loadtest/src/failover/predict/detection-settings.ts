import type { HealthCheckConfig, PoolConfig } from "@evenkeel/config";

/** What of a pool's configuration decides how fast a failure is noticed and forgotten. */
export interface DetectionSettings {
  /** null = nobody checks. */
  readonly check: Pick<
    HealthCheckConfig,
    | "type"
    | "path"
    | "intervalMs"
    | "fastIntervalMs"
    | "timeoutMs"
    | "jitter"
    | "unhealthyThreshold"
    | "healthyThreshold"
  > | null;
  /** null = failures of traffic eject nobody. */
  readonly breaker: {
    readonly failureThreshold: number;
    readonly resetTimeoutMs: number;
    readonly jitter: number;
    readonly maxEjectionTimeMs: number;
    /** Share of the pool that may be out at a time; one backend always may. */
    readonly maxEjected: number;
  } | null;
  readonly maxRetries: number;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
}

/** Longest ejection and largest ejected share where outlier detection, which sets them, is off. */
const withoutOutlierDetection = { maxEjectionTimeMs: 300_000, maxEjected: 0.5 };

/** Reads them from a resolved pool; the checks are those of its first backend. */
export function detectionSettings(pool: PoolConfig): DetectionSettings {
  const { circuitBreaker, outlierDetection } = pool;
  const { maxEjectionTimeMs, maxEjected } = outlierDetection ?? withoutOutlierDetection;
  return {
    check: pool.backends[0]?.healthCheck ?? null,
    breaker: circuitBreaker && { ...circuitBreaker, maxEjectionTimeMs, maxEjected },
    maxRetries: pool.retry.maxRetries,
    connectTimeoutMs: pool.timeouts.connectMs,
    responseTimeoutMs: pool.timeouts.responseMs,
  };
}

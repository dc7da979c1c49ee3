import { type ConfigPath, isMapping, valueAt } from "../config-path.ts";
import { errorAt, type Finding, warningAt } from "../finding.ts";
import { poolHealthCheckSchema } from "../schema/health-check-schema.ts";
import {
  circuitBreakerSchema,
  outlierDetectionSchema,
  poolLimitsSchema,
} from "../schema/resilience-schema.ts";
import { retrySchema } from "../schema/retry-schema.ts";
import { formatDuration } from "../units/duration.ts";
import { readable } from "./readable.ts";

/** Settings of one pool that are each right and together do not do what they seem to. */
export function checkResilience(pool: unknown, path: ConfigPath, backends: number): Finding[] {
  return [
    ...checkHttpSettings(pool, path),
    ...checkRetry(pool, path, backends),
    ...checkEjection(pool, path, backends),
    ...checkLimits(pool, path),
  ];
}

const httpOnly = ["method", "path", "expectedStatus", "expectedBody"];

/** A tcp check reads no answer, so what it should say would be ignored. */
function checkHttpSettings(pool: unknown, path: ConfigPath): Finding[] {
  const written = valueAt(pool, ["healthCheck"]);
  const check = readable(poolHealthCheckSchema, written ?? {});
  if (check?.type === "tcp") {
    return httpOnly
      .filter((name) => valueAt(written, [name]) !== undefined)
      .map((name) =>
        errorAt([...path, "healthCheck", name], `a tcp check reads no answer; remove ${name}`),
      );
  }
  if (check?.method !== "HEAD" || check.expectedBody === null) return [];
  const message = "the answer to HEAD has no body that could contain it; use method GET";
  return [errorAt([...path, "healthCheck", "expectedBody"], message)];
}

function checkRetry(pool: unknown, path: ConfigPath, backends: number): Finding[] {
  const retry = readable(retrySchema, valueAt(pool, ["retry"]) ?? {});
  if (retry === undefined) return [];
  const place = [...path, "retry"];
  const findings: Finding[] = [];
  if (retry.maxRetries > 0 && retry.budget === 0 && retry.minRetriesPerSecond === 0) {
    findings.push(warningAt([...place, "budget"], "with minRetriesPerSecond 0 nothing is retried"));
  }
  if (retry.budget === null && retry.maxRetries > 0) {
    const message = "without a budget retries multiply an overload; 20% is a good one";
    findings.push(warningAt([...place, "budget"], message));
  }
  if (backends > 0 && isWritten(pool, ["retry", "maxRetries"]) && retry.maxRetries >= backends) {
    const message = `with ${backends} ${backends === 1 ? "backend" : "backends"} later retries return to one that failed`;
    findings.push(warningAt([...place, "maxRetries"], message));
  }
  if (
    isWritten(pool, ["retry", "maxTimeoutRetries"]) &&
    retry.maxTimeoutRetries > retry.maxRetries
  ) {
    const message = `is above maxRetries (${retry.maxRetries}), which holds`;
    findings.push(warningAt([...place, "maxTimeoutRetries"], message));
  }
  if (retry.backoffMs > retry.maxBackoffMs) {
    const longest = formatDuration(retry.maxBackoffMs);
    findings.push(warningAt([...place, "backoff"], `is longer than maxBackoff (${longest})`));
  }
  return findings;
}

function checkEjection(pool: unknown, path: ConfigPath, backends: number): Finding[] {
  const breaker = readable(circuitBreakerSchema, valueAt(pool, ["circuitBreaker"]) ?? {});
  const outlier = readable(outlierDetectionSchema, valueAt(pool, ["outlierDetection"]) ?? {});
  const findings: Finding[] = [];
  if (breaker && outlier && breaker.resetTimeoutMs > outlier.maxEjectionTimeMs) {
    const longest = formatDuration(outlier.maxEjectionTimeMs);
    const message = `is longer than outlierDetection.maxEjectionTime (${longest}), which holds`;
    findings.push(warningAt([...path, "circuitBreaker", "resetTimeout"], message));
  }
  const deviation = ["outlierDetection", "successRateDeviation"];
  const limit = Math.sqrt(backends - 1);
  if (outlier && isWritten(pool, deviation) && backends > 0) {
    if (outlier.successRateDeviation > limit) {
      const message = `with ${backends} backends none can be more than ${limit.toFixed(2)} deviations off`;
      findings.push(warningAt([...path, ...deviation], message));
    }
  }
  return findings;
}

function checkLimits(pool: unknown, path: ConfigPath): Finding[] {
  const limits = readable(poolLimitsSchema, valueAt(pool, ["limits"]) ?? {});
  if (limits === undefined) return [];
  const { inFlight, inFlightPerBackend, adaptive } = limits;
  const hasLimit = inFlight !== null || inFlightPerBackend !== null || adaptive;
  const place = [...path, "limits"];
  const unused = ["queue", "queueTimeout"].filter((name) => isWritten(pool, ["limits", name]));
  if (!hasLimit) {
    const message = "nothing waits without inFlight, inFlightPerBackend or adaptive";
    return unused.map((name) => warningAt([...place, name], message));
  }
  if (inFlight !== null && inFlightPerBackend !== null && inFlight < inFlightPerBackend) {
    const message = `is above inFlight (${inFlight}), so it is never reached`;
    return [warningAt([...place, "inFlightPerBackend"], message)];
  }
  return [];
}

function isWritten(pool: unknown, path: ConfigPath): boolean {
  return isMapping(pool) && valueAt(pool, path) !== undefined;
}

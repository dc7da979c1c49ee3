import * as z from "zod";
import { defaults } from "../defaults.ts";
import type {
  CircuitBreakerConfig,
  OutlierDetectionConfig,
  PoolLimits,
} from "../resolved-config.ts";
import { durationField, percentField } from "./unit-fields.ts";

const { circuitBreaker, outlierDetection, limits } = defaults.pool;
const mostFailures = 1_000;
const mostRequests = 1_000_000;
const mostBackends = 10_000;

const breakerFields = z.strictObject({
  failureThreshold: z
    .int()
    .min(1)
    .max(mostFailures)
    .prefault(circuitBreaker.failureThreshold)
    .describe("Failures in a row, over all workers, that open the breaker."),
  resetTimeout: durationField
    .prefault(circuitBreaker.resetTimeout)
    .describe("How long it is open; each time in a row longer, up to maxEjectionTime."),
  halfOpenRequests: z
    .int()
    .min(1)
    .max(mostFailures)
    .prefault(circuitBreaker.halfOpenRequests)
    .describe("Trial requests at a time while it is half-open."),
  jitter: percentField({ min: 0, max: 1, canBeOff: false })
    .prefault(circuitBreaker.jitter)
    .describe("Share by which the time may be longer, so that backends do not return together."),
});

/** `false`, or settings; null when switched off. */
export const circuitBreakerSchema: z.ZodType<CircuitBreakerConfig | null> = z
  .union([z.literal(false), breakerFields], {
    error: "expected false, or a mapping such as { failureThreshold: 5, resetTimeout: 30s }",
  })
  .transform((value) => {
    if (value === false) return null;
    const { resetTimeout, ...rest } = value;
    return { ...rest, resetTimeoutMs: resetTimeout };
  });

const outlierFields = z.strictObject({
  interval: durationField
    .prefault(outlierDetection.interval)
    .describe("How often outcomes are added up and judged."),
  failurePercentage: percentField({ min: 0.01, max: 1, canBeOff: true })
    .prefault(outlierDetection.failurePercentage)
    .describe("A backend that fails this share of an interval's requests is ejected."),
  successRateDeviation: z
    .union([z.literal("off"), z.number().min(0.5).max(10)])
    .prefault(outlierDetection.successRateDeviation)
    .meta({ title: "number or off", examples: [1.9, "off"] })
    .describe("So many standard deviations below the pool's mean success rate is too far."),
  minRequests: z
    .int()
    .min(1)
    .max(mostRequests)
    .prefault(outlierDetection.minRequests)
    .describe("A backend with fewer requests in an interval is not judged."),
  minBackends: z
    .int()
    .min(3)
    .max(mostBackends)
    .prefault(outlierDetection.minBackends)
    .describe("With fewer judged backends there is no mean to deviate from."),
  maxEjected: percentField({ min: 0.01, max: 1, canBeOff: false })
    .prefault(outlierDetection.maxEjected)
    .describe("Share of the pool that may be ejected at a time; one always may, the last never."),
  maxEjectionTime: durationField
    .prefault(outlierDetection.maxEjectionTime)
    .describe("Longest time out after many ejections in a row."),
});

/** `false`, or settings; null when switched off. */
export const outlierDetectionSchema: z.ZodType<OutlierDetectionConfig | null> = z
  .union([z.literal(false), outlierFields], {
    error: "expected false, or a mapping such as { interval: 10s, maxEjected: 50% }",
  })
  .transform((value) => {
    if (value === false) return null;
    const { interval, maxEjectionTime, successRateDeviation, ...rest } = value;
    return {
      ...rest,
      intervalMs: interval,
      maxEjectionTimeMs: maxEjectionTime,
      successRateDeviation: successRateDeviation === "off" ? 0 : successRateDeviation,
    };
  });

const cap = z
  .union([z.literal("off"), z.int().min(1).max(mostRequests)], {
    error: `expected a number from 1 to ${mostRequests}, or off`,
  })
  .transform((value) => (value === "off" ? null : value));

export const poolLimitsSchema: z.ZodType<PoolLimits> = z
  .strictObject({
    inFlightPerBackend: cap
      .prefault(limits.inFlightPerBackend)
      .describe("Requests at one backend at a time, over all workers; more of them wait."),
    inFlight: cap
      .prefault(limits.inFlight)
      .describe("Requests at the pool's backends at a time, over all workers; more of them wait."),
    queue: z
      .int()
      .min(0)
      .max(mostRequests)
      .prefault(limits.queue)
      .describe("Requests per worker that may wait for a backend; more of them get 503."),
    queueTimeout: durationField
      .prefault(limits.queueTimeout)
      .describe("One that has waited this long gets 503; under lasting overload much sooner."),
    adaptive: z
      .boolean()
      .prefault(limits.adaptive)
      .describe("Find the number of requests that a backend can serve at a time by its latency."),
  })
  .transform(({ queueTimeout, ...rest }) => ({ ...rest, queueTimeoutMs: queueTimeout }));

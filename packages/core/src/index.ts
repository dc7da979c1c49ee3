export type { Clock, Random } from "./runtime.ts";
export type { Backend } from "./backend.ts";
export type { FailureCause, Outcome } from "./outcome.ts";
export { EvenkeelError, type EvenkeelErrorCode } from "./errors.ts";
export { Scoreboard, type ScoreboardShape } from "./scoreboard.ts";
export type {
  PickContext,
  Strategy,
  StrategyDeps,
  StrategyFactory,
} from "./strategies/strategy.ts";
export {
  strategies,
  strategyHonoursWeights,
  strategyNames,
  type StrategyName,
} from "./strategies/registry.ts";
export { Pool } from "./pool.ts";
export { Lease } from "./lease.ts";
export { Balancer, type AcquireRequest, type BalancerDeps, type Refusal } from "./balancer.ts";
export {
  RiseFall,
  type CheckedStatus,
  type HealthTransition,
  type RiseFallThresholds,
} from "./health/rise-fall.ts";
export { firstCheckDelayMs, nextCheckDelayMs, type CheckTiming } from "./health/check-schedule.ts";
export { isIdempotent } from "./retry/idempotent-methods.ts";
export { decideRetry, type RetryDecision, type RetryFacts } from "./retry/retry-policy.ts";

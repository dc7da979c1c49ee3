export type { Clock, Random } from "./runtime.ts";
export type { Backend } from "./backend.ts";
export {
  isBreakingStatus,
  isFailureStatus,
  isResponseTimeout,
  type FailureCause,
  type Outcome,
} from "./outcome.ts";
export { EvenkeelError, type EvenkeelErrorCode } from "./errors.ts";
export { Scoreboard } from "./scoreboard.ts";
export type { ScoreboardShape } from "./scoreboard-layout.ts";
export type {
  AttemptResult,
  PickContext,
  PickFacts,
  Strategy,
  StrategyDeps,
} from "./strategies/strategy.ts";
export type {
  HashKey,
  OptionSpec,
  OptionSpecs,
  OptionValue,
  StrategyDefinition,
} from "./strategies/definition.ts";
export {
  createStrategy,
  defaultChoice,
  hashKeyOf,
  strategies,
  strategyHonoursWeights,
  strategyNames,
  type StrategyChoice,
  type StrategyName,
} from "./strategies/registry.ts";
export { WeightedSplit, splitPoint } from "./split.ts";
export { LatencyEstimates } from "./load/latency-estimates.ts";
export { Pool } from "./pool.ts";
export { type HealthReports, Lease, type LeaseOwner, type Observe } from "./lease.ts";
export {
  Balancer,
  noReports,
  type AcquireRequest,
  type BalancerDeps,
  type Refusal,
} from "./balancer.ts";
export type { BackendStanding, Standing } from "./standing.ts";
export { type Forecast, type ForecastDeps, forecast } from "./forecast.ts";
export {
  Affinity,
  type AffinitySettings,
  type Binding,
  type Cookie,
  type CookieVerdict,
} from "./affinity/affinity.ts";
export type { CookieSigner } from "./affinity/cookie-value.ts";
export type { ConcurrencySettings } from "./limits/concurrency-limits.ts";
export { WaitingQueue } from "./limits/waiting-queue.ts";
export type { Place } from "./limits/client-lines.ts";
export type { RateSettings } from "./limits/gcra.ts";
export { ConcurrencyTable, type ConcurrencyTableOptions } from "./limits/concurrency-table.ts";
export { RateLimitTable, type RateLimitTableOptions } from "./limits/rate-limit-table.ts";
export { WorkerTurns } from "./limits/worker-turns.ts";
export {
  RiseFall,
  type CheckedStatus,
  type HealthTransition,
  type RiseFallThresholds,
} from "./health/rise-fall.ts";
export { PoolHealth, type PoolHealthDeps } from "./health/pool-health.ts";
export type {
  BackendHealthView,
  BackendStatus,
  BreakerState,
  CappedEjection,
  HealthChange,
  OperatorState,
  Permission,
} from "./health/health-change.ts";
export type {
  BreakerSettings,
  CheckSettings,
  HealthMember,
  HealthSettings,
  OutlierSettings,
} from "./health/health-settings.ts";
export { firstCheckDelayMs, nextCheckDelayMs, type CheckTiming } from "./health/check-schedule.ts";
export { isIdempotent } from "./retry/idempotent-methods.ts";
export { RetryBudget, type RetryBudgetOptions } from "./retry/retry-budget.ts";
export {
  RetryPolicy,
  type RetryDecision,
  type RetryFacts,
  type RetryRules,
} from "./retry/retry-policy.ts";
export { HedgePolicy, type HedgePolicyOptions, type HedgeRules } from "./hedge/hedge-policy.ts";

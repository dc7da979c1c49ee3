export { createSimulateCommand } from "./command/simulate-command.ts";
export { simulatePool } from "./simulate-pool.ts";
export {
  completed,
  type PoolSimulation,
  type PoolSimulationOptions,
  type SimulatedChecks,
} from "./engine/pool-simulation.ts";
export { Simulation } from "./engine/simulation.ts";
export { type Load, type LoadStep, steadyLoad } from "./engine/arrivals.ts";
export { type Distribution, meanMsOf, withMean } from "./engine/distribution.ts";
export { Histogram } from "./engine/histogram.ts";
export type { Keys } from "./engine/key-source.ts";
export {
  type FailedAttempt,
  naiveRetries,
  productionRetries,
  type RetryRule,
  type RetrySettings,
} from "./engine/retry-rule.ts";
export {
  type Fault,
  type SimulatedBackend,
  simulatedBackend,
  simulatedBackends,
  type Span,
  type SpeedSpan,
} from "./engine/simulated-backend.ts";
export {
  type LeaseSource,
  type LeaseSourceParts,
  type ProbeAnswer,
  production,
  type StrategyUnderTest,
} from "./engine/strategy-under-test.ts";
export {
  type BackendResult,
  type FailureName,
  type ReadinessChange,
  type SimulationResult,
  type Slice,
} from "./engine/result.ts";

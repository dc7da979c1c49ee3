import { defaultChoice, type StrategyName } from "@evenkeel/core";
import {
  type PoolSimulationOptions,
  production,
  simulatedBackends,
  simulatePool,
  type SimulationResult,
  steadyLoad,
} from "../src/index.ts";

/** Two backends of one slot, exp(10 ms), half loaded, but for what `changes` says. */
export function simulate(
  strategy: StrategyName,
  changes: Partial<PoolSimulationOptions> = {},
): SimulationResult {
  return simulatePool({
    backends: simulatedBackends(2),
    load: steadyLoad(100),
    requests: 2_000,
    service: { kind: "exp", meanMs: 10 },
    strategy: production(defaultChoice(strategy)),
    ...changes,
  });
}

/** Mean of `measure` over runs with the seeds 1 to `seeds`, and its standard error. */
export function overSeeds(
  seeds: number,
  measure: (seed: number) => number,
): { readonly mean: number; readonly error: number } {
  const values = Array.from({ length: seeds }, (_, index) => measure(index + 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / seeds;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1);
  return { mean, error: Math.sqrt(variance / seeds) };
}

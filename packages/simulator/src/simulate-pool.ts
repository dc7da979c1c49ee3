import { completed, type PoolSimulationOptions } from "./engine/pool-simulation.ts";
import type { SimulationResult } from "./engine/result.ts";
import { Simulation } from "./engine/simulation.ts";

/**
 * Runs one simulation to its end and says what came of it. Nothing but `options` decides: no clock, no
 * randomness of the platform, so the same options give the same result.
 */
export function simulatePool(options: PoolSimulationOptions): SimulationResult {
  const simulation = new Simulation(completed(options));
  while (simulation.advance(1_000_000));
  return simulation.result();
}

import type { SimulationResult } from "./engine/result.ts";
import type { StrategyUnderTest } from "./engine/strategy-under-test.ts";
import type { Cell } from "./scenarios/scenario.ts";
import { simulatePool } from "./simulate-pool.ts";

/** One contender in one cell of a scenario; with `requests` instead of the cell's own number. */
export function runCell(
  cell: Cell,
  strategy: StrategyUnderTest,
  seed: number,
  requests: number = cell.setup.requests,
): SimulationResult {
  return simulatePool({ ...cell.setup, strategy, seed, requests });
}

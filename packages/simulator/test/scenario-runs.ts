import type { SimulationResult } from "../src/index.ts";
import { runCell } from "../src/run-cell.ts";
import { findScenario } from "../src/scenarios/registry.ts";
import type { Cell } from "../src/scenarios/scenario.ts";

export interface RunsChoice {
  /** Per contender and seed; the cell's own number unless given. */
  readonly requests?: number;
  readonly seeds: readonly number[];
}

const kept: WeakMap<Cell, Map<string, SimulationResult>> = new WeakMap();

/** One run, made when it is first asked for and then kept, for the other test files as well. */
export function runOnce(
  cell: Cell,
  contender: string,
  { seed, requests = cell.setup.requests }: { readonly seed: number; readonly requests?: number },
): SimulationResult {
  const strategy = cell.contenders.find(({ name }) => name === contender);
  if (strategy === undefined) throw new Error(`no contender ${contender} in ${cell.name}`);
  const runs = kept.get(cell) ?? new Map<string, SimulationResult>();
  kept.set(cell, runs);
  const key = `${contender}, seed ${seed}, ${requests} requests`;
  const result = runs.get(key) ?? runCell(cell, strategy, seed, requests);
  runs.set(key, result);
  return result;
}

/** Runs of one cell. */
export class ScenarioRuns {
  readonly cell: Cell;
  readonly #choice: RunsChoice;

  constructor(scenario: string, cell: string, choice: RunsChoice) {
    const found = findScenario(scenario)?.cells.find(({ name }) => name === cell);
    if (found === undefined) throw new Error(`no cell ${cell} in ${scenario}`);
    this.cell = found;
    this.#choice = choice;
  }

  /** One result per seed. */
  of(contender: string): readonly SimulationResult[] {
    const { seeds, requests } = this.#choice;
    return seeds.map((seed) =>
      runOnce(this.cell, contender, requests === undefined ? { seed } : { seed, requests }),
    );
  }

  /** Mean over the seeds. */
  mean(contender: string, measure: (result: SimulationResult) => number): number {
    const values = this.of(contender).map(measure);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  /** Per seed: an ordering must hold in every one of them, not only on average. */
  each(contender: string, measure: (result: SimulationResult) => number): readonly number[] {
    return this.of(contender).map(measure);
  }
}

export function p50({ latency }: SimulationResult): number {
  return latency.quantile(0.5);
}

export function p99({ latency }: SimulationResult): number {
  return latency.quantile(0.99);
}

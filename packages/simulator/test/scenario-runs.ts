import type { SimulationResult } from "../src/index.ts";
import { runCell } from "../src/run-cell.ts";
import { findScenario } from "../src/scenarios/registry.ts";
import type { Cell } from "../src/scenarios/scenario.ts";

export interface RunsChoice {
  /** Per contender and seed; the cell's own number unless given. */
  readonly requests?: number;
  readonly seeds: readonly number[];
}

/** Runs of one cell, made when they are asked for and then kept. */
export class ScenarioRuns {
  readonly cell: Cell;
  readonly #choice: RunsChoice;
  readonly #results: Map<string, readonly SimulationResult[]> = new Map();

  constructor(scenario: string, cell: string, choice: RunsChoice) {
    const found = findScenario(scenario)?.cells.find(({ name }) => name === cell);
    if (found === undefined) throw new Error(`no cell ${cell} in ${scenario}`);
    this.cell = found;
    this.#choice = choice;
  }

  /** One result per seed. */
  of(contender: string): readonly SimulationResult[] {
    const kept = this.#results.get(contender);
    if (kept !== undefined) return kept;
    const strategy = this.cell.contenders.find(({ name }) => name === contender);
    if (strategy === undefined) throw new Error(`no contender ${contender} in ${this.cell.name}`);
    const { seeds, requests } = this.#choice;
    const results = seeds.map((seed) => runCell(this.cell, strategy, seed, requests));
    this.#results.set(contender, results);
    return results;
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

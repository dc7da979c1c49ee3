import { setImmediate as nextTurn } from "node:timers/promises";
import { completed } from "../engine/pool-simulation.ts";
import type { SimulationResult } from "../engine/result.ts";
import { Simulation } from "../engine/simulation.ts";
import type { StrategyUnderTest } from "../engine/strategy-under-test.ts";
import type { CellReport, ContenderReport, SimulationReport } from "../report/report.ts";
import { summarise } from "../report/summary.ts";
import type { Cell } from "../scenarios/scenario.ts";

export interface Plan {
  readonly title: string;
  readonly shows: string;
  readonly cells: readonly Cell[];
  readonly seeds: readonly number[];
  /** What is worth saying about a cell beside its name. */
  facts(cell: Cell): readonly string[];
}

export interface Progress {
  /** Requests that are settled, of all runs. */
  readonly done: number;
  readonly total: number;
  readonly cell: string;
  readonly strategy: string;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** About ten milliseconds: often enough for a key press and a progress line. */
const eventsPerTurn = 10_000;

/** Runs everything in turn. When the signal aborts, the runs that are finished make the report. */
export async function runReport(plan: Plan, hooks: RunHooks): Promise<SimulationReport> {
  const counter = new Counter(plan, hooks);
  const cells: CellReport[] = [];
  for (const cell of plan.cells) {
    const contenders: ContenderReport[] = [];
    for (const strategy of cell.contenders) {
      const results = await runSeeds(cell, strategy, plan.seeds, counter);
      if (results.length > 0) contenders.push({ summary: summarise(results), results });
    }
    if (contenders.length > 0) cells.push({ name: cell.name, facts: plan.facts(cell), contenders });
  }
  const { title, shows } = plan;
  return { title, shows, isPartial: hooks.signal.aborted, cells };
}

async function runSeeds(
  cell: Cell,
  strategy: StrategyUnderTest,
  seeds: readonly number[],
  counter: Counter,
): Promise<readonly SimulationResult[]> {
  const results: SimulationResult[] = [];
  for (const seed of seeds) {
    const simulation = new Simulation(completed({ ...cell.setup, strategy, seed }));
    while (simulation.advance(eventsPerTurn)) {
      await nextTurn();
      if (counter.isAborted) return results;
      counter.show(cell, strategy, simulation.settled);
    }
    counter.finish(cell);
    results.push(simulation.result());
  }
  return results;
}

class Counter {
  readonly #hooks: RunHooks;
  readonly #total: number;
  #finished = 0;

  constructor({ cells, seeds }: Plan, hooks: RunHooks) {
    this.#hooks = hooks;
    this.#total = cells.reduce(
      (sum, { setup, contenders }) => sum + setup.requests * contenders.length * seeds.length,
      0,
    );
  }

  get isAborted(): boolean {
    return this.#hooks.signal.aborted;
  }

  show(cell: Cell, strategy: StrategyUnderTest, settled: number): void {
    const done = this.#finished + settled;
    this.#hooks.onProgress({ done, total: this.#total, cell: cell.name, strategy: strategy.name });
  }

  finish(cell: Cell): void {
    this.#finished += cell.setup.requests;
  }
}

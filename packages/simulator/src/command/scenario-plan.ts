import { type StrategyName } from "@evenkeel/core";
import { registered } from "../contenders/registered.ts";
import { findScenario, scenarios } from "../scenarios/registry.ts";
import type { Cell, Scenario } from "../scenarios/scenario.ts";
import { unknownName } from "./option-values.ts";
import { SimulateUsageError } from "./pool-cell.ts";
import type { Plan } from "./run-report.ts";

export interface ScenarioChoice {
  readonly scenario: string;
  /** Part of the names of the cells that are wanted. */
  readonly cell: string | undefined;
  readonly strategies: readonly StrategyName[] | undefined;
  readonly requests: number | undefined;
  readonly seeds: readonly number[];
}

export function scenarioPlan(choice: ScenarioChoice): Plan {
  const scenario = findScenario(choice.scenario);
  if (scenario === undefined) {
    const names = scenarios.map(({ name }) => name);
    throw new SimulateUsageError(unknownName("scenario", choice.scenario, names));
  }
  if (scenario.isTimed && choice.requests !== undefined) {
    throw new SimulateUsageError(
      `--requests: scenario ${scenario.name} has a fixed course of events, and so many requests as that takes`,
    );
  }
  const cells = chosenCells(scenario, choice.cell).map((cell) => changed(cell, choice));
  const { title, shows } = scenario;
  return { title, shows, cells, seeds: choice.seeds, facts: () => [] };
}

/** What there is, a line each. */
export function scenarioList(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const lines = scenarios.map(({ name, title }) => `${name.padEnd(width)}  ${title}`);
  return `${lines.join("\n")}\n`;
}

function chosenCells(scenario: Scenario, text: string | undefined): readonly Cell[] {
  if (text === undefined) return scenario.cells;
  const cells = scenario.cells.filter(({ name }) => name.includes(text));
  if (cells.length > 0) return cells;
  const names = scenario.cells.map(({ name }) => name);
  throw new SimulateUsageError(`--cell: ${unknownName("cell", text, names)}`);
}

function changed(cell: Cell, { strategies, requests }: ScenarioChoice): Cell {
  return {
    name: cell.name,
    setup: requests === undefined ? cell.setup : { ...cell.setup, requests },
    contenders: strategies === undefined ? cell.contenders : registered(...strategies),
  };
}

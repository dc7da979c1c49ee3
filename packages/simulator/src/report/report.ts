import type { SimulationResult } from "../engine/result.ts";
import type { Summary } from "./summary.ts";

/** One strategy's part of a cell. */
export interface ContenderReport {
  readonly summary: Summary;
  /** One per seed. */
  readonly results: readonly SimulationResult[];
}

export interface CellReport {
  readonly name: string;
  /** Lines that say what was simulated. */
  readonly facts: readonly string[];
  readonly contenders: readonly ContenderReport[];
}

/** All that table, JSON and page are made of. */
export interface SimulationReport {
  readonly title: string;
  readonly shows: string;
  readonly isPartial: boolean;
  readonly cells: readonly CellReport[];
}

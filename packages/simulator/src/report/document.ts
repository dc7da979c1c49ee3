import type { SimulationReport } from "./report.ts";
import type { Summary } from "./summary.ts";

/** What `--json` prints; the version changes when a field does. */
export interface SimulationDocument {
  readonly schema: "evenkeel.simulate/1";
  readonly title: string;
  readonly partial: boolean;
  readonly cells: readonly {
    readonly name: string;
    readonly facts: readonly string[];
    readonly strategies: readonly Summary[];
  }[];
}

export function simulationDocument(report: SimulationReport): SimulationDocument {
  return {
    schema: "evenkeel.simulate/1",
    title: report.title,
    partial: report.isPartial,
    cells: report.cells.map(({ name, facts, contenders }) => ({
      name,
      facts,
      strategies: contenders.map(({ summary }) => summary),
    })),
  };
}

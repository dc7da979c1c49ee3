import type { SimulationResult } from "../engine/result.ts";
import { findScenario } from "../scenarios/registry.ts";
import type { Cell } from "../scenarios/scenario.ts";

/** A question that one cell of one scenario answers with one figure per strategy. */
export interface Situation {
  /** Heading of the panel and of the column. */
  readonly title: string;
  /** Where it can be seen again: `evenkeel simulate --scenario NAME`. */
  readonly scenario: string;
  readonly cell: string;
  readonly measure: (result: SimulationResult) => number;
  readonly format: (value: number) => string;
  /** Bars by the logarithm: figures that lie decades apart. */
  readonly isLogarithmic: boolean;
}

function p99({ latency }: SimulationResult): number {
  return latency.quantile(0.99);
}

function milliseconds(value: number): string {
  return value < 10_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(0)} s`;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(value < 0.0995 && value > 0 ? 1 : 0)} %`;
}

const latencyBars = { measure: p99, format: milliseconds, isLogarithmic: true };

/** For strategies that may send a request anywhere. */
export const spreadingSituations: readonly Situation[] = [
  {
    title: "20 equal backends at load 0.8: p99",
    scenario: "a-homogeneous",
    cell: "exp 0.8",
    ...latencyBars,
  },
  {
    title: "half of the backends half as fast, load 0.6: p99",
    scenario: "b-two-speeds",
    cell: "load 0.6, weights 1:1",
    ...latencyBars,
  },
  {
    title: "backends slow for seconds, load 0.75: p99",
    scenario: "c-antagonists",
    cell: "load 0.75",
    ...latencyBars,
  },
  {
    title: "one of 20 fails at once: requests that meet it",
    scenario: "e-magnet",
    cell: "500 in 1 ms, always",
    measure: ({ errorRate }) => errorRate,
    format: percent,
    isLogarithmic: false,
  },
];

/** For strategies that are the point only where backends have weights. */
export const weightedSituations: readonly Situation[] = [
  {
    title: "weights 2:1, half of the backends half as fast, load 0.6: p99",
    scenario: "b-two-speeds",
    cell: "load 0.6, weights 2:1",
    ...latencyBars,
  },
];

/** For strategies that send a key where it was before. */
export const hashingSituations: readonly Situation[] = [
  {
    title: "2,000 keys by Zipf's law: requests that meet their key's backend",
    scenario: "j-keys",
    cell: "Zipf 1",
    measure: ({ affinity }) => affinity,
    format: percent,
    isLogarithmic: false,
  },
  {
    title: "the same: the busiest backend's share, 1 is even",
    scenario: "j-keys",
    cell: "Zipf 1",
    measure: ({ imbalance }) => imbalance,
    format: (value) => value.toFixed(2),
    isLogarithmic: false,
  },
  {
    title: "100,000 keys, all alike: the busiest backend's share",
    scenario: "j-keys",
    cell: "all keys equal",
    measure: ({ imbalance }) => imbalance,
    format: (value) => value.toFixed(2),
    isLogarithmic: false,
  },
];

/** Throws when a scenario was renamed: the page would be about nothing. */
export function cellOf({ scenario, cell }: Situation): Cell {
  const found = findScenario(scenario)?.cells.find(({ name }) => name === cell);
  if (found === undefined) throw new Error(`no cell "${cell}" in scenario ${scenario}`);
  return found;
}

import type { RiseFallThresholds } from "@evenkeel/core";
import type { Load } from "./arrivals.ts";
import type { Distribution } from "./distribution.ts";
import type { Keys } from "./key-source.ts";
import { naiveRetries, type RetryRule } from "./retry-rule.ts";
import type { SimulatedBackend } from "./simulated-backend.ts";
import type { StrategyUnderTest } from "./strategy-under-test.ts";

/** Active checks, with core's own schedule and rise/fall machine. */
export interface SimulatedChecks extends RiseFallThresholds {
  readonly intervalMs: number;
  readonly fastIntervalMs: number;
  /** 0 to 1. */
  readonly jitter: number;
}

/** Everything a run depends on: the same one gives the same result to the last bit. */
export interface PoolSimulation {
  readonly backends: readonly SimulatedBackend[];
  readonly load: Load;
  /** Requests that arrive; the run ends when the last of them is settled. */
  readonly requests: number;
  /** Share of the requests, the first ones, that are not counted. */
  readonly warmup: number;
  readonly service: Distribution;
  readonly strategy: StrategyUnderTest;
  /** Balancers that share nothing, as several instances do; each request comes to one at random. */
  readonly balancers: number;
  readonly seed: number;
  /** Between balancer and backend, one way. */
  readonly delayMs: number;
  /** A client waits this long for its request, all attempts included; Infinity = for ever. */
  readonly patienceMs: number;
  /** The balancer gives an attempt up after this; Infinity = never. */
  readonly attemptTimeoutMs: number;
  /** Answers later than this are counted apart; nothing happens to them. */
  readonly deadlineMs: number;
  /** A new rule for each balancer. */
  readonly retries: () => RetryRule;
  /** null = nobody checks, every backend is always ready. */
  readonly checks: SimulatedChecks | null;
  readonly keys: Keys;
  /** Length of a slice of the time series; 0 = a sixtieth of the expected run. */
  readonly sliceMs: number;
}

/** What a caller must say; the rest has a meaning when it is left out. */
export type PoolSimulationOptions = Partial<PoolSimulation> &
  Pick<PoolSimulation, "backends" | "load" | "requests" | "service" | "strategy">;

/** One balancer, no failures, no network: the queueing model of textbooks. */
const quiet: Omit<PoolSimulation, "backends" | "load" | "requests" | "service" | "strategy"> = {
  warmup: 0.1,
  balancers: 1,
  seed: 1,
  delayMs: 0,
  patienceMs: Infinity,
  attemptTimeoutMs: Infinity,
  deadlineMs: Infinity,
  retries: () => naiveRetries(0),
  checks: null,
  keys: { count: 1000, exponent: 1 },
  sliceMs: 0,
};

export function completed(options: PoolSimulationOptions): PoolSimulation {
  return { ...quiet, ...options };
}

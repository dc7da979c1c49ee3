import { consistentHash } from "./consistent-hash.ts";
import type { HashKey, OptionValue, StrategyDefinition } from "./definition.ts";
import { first } from "./first.ts";
import { ipHash } from "./ip-hash.ts";
import { leastConnections } from "./least-connections.ts";
import { maglev } from "./maglev.ts";
import { powerOfTwo } from "./power-of-two.ts";
import { leastResponseTime } from "./least-response-time.ts";
import { peakEwma } from "./peak-ewma.ts";
import { prequal } from "./prequal.ts";
import { random } from "./random.ts";
import { rendezvous } from "./rendezvous.ts";
import { roundRobin } from "./round-robin.ts";
import type { Strategy, StrategyDeps } from "./strategy.ts";
import { weightedRandom } from "./weighted-random.ts";
import { weightedRoundRobin } from "./weighted-round-robin.ts";

/** The names that configuration, admin API and `--strategy` accept. */
export const strategyNames = [
  "round-robin",
  "weighted-round-robin",
  "random",
  "weighted-random",
  "least-connections",
  "least-response-time",
  "power-of-two",
  "peak-ewma",
  "prequal",
  "first",
  "ip-hash",
  "consistent-hash",
  "maglev",
  "rendezvous",
] as const;

export type StrategyName = (typeof strategyNames)[number];

/** A name without a definition is a compile error. */
export const strategies: Readonly<Record<StrategyName, StrategyDefinition>> = {
  "round-robin": roundRobin,
  "weighted-round-robin": weightedRoundRobin,
  random,
  "weighted-random": weightedRandom,
  "least-connections": leastConnections,
  "least-response-time": leastResponseTime,
  "power-of-two": powerOfTwo,
  "peak-ewma": peakEwma,
  prequal,
  first,
  "ip-hash": ipHash,
  "consistent-hash": consistentHash,
  maglev,
  rendezvous,
};

/** A strategy with every one of its options, as configuration resolves it. */
export interface StrategyChoice {
  readonly type: StrategyName;
  /** Named as in the definition; none is missing. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** `type` with its options as they are when nobody sets them. */
export function defaultChoice(type: StrategyName): StrategyChoice {
  const specs = Object.entries(strategies[type].options);
  return { type, options: Object.fromEntries(specs.map(([name, spec]) => [name, spec.default])) };
}

export function createStrategy({ type, options }: StrategyChoice, deps: StrategyDeps): Strategy {
  return strategies[type].create(deps, options);
}

/** False when the strategy would ignore a backend's weight, which makes one a configuration error. */
export function strategyHonoursWeights(name: StrategyName): boolean {
  return strategies[name].honoursWeights;
}

/** The part of a request that this choice hashes; `undefined` when it hashes none. */
export function hashKeyOf({ type, options }: StrategyChoice): HashKey | undefined {
  const { fixedKey, options: specs } = strategies[type];
  const names = Object.keys(specs).filter((name) => specs[name]?.kind === "hash-key");
  const chosen = names.map((name) => options[name]).find((value) => typeof value === "object");
  return fixedKey ?? chosen;
}

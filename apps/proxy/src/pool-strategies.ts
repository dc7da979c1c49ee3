import { type PoolConfig, type ResolvedConfig, nearestName, readStrategy } from "@evenkeel/config";
import type { StrategyChoice, StrategyName } from "@evenkeel/core";

/** For log and admin. */
export interface StrategyChange {
  readonly pool: string;
  readonly from: StrategyName;
  readonly to: StrategyName;
}

/** Which strategy each pool goes by now. A restart of the program goes by the configuration again. */
export class PoolStrategies {
  readonly #pools: ReadonlyMap<string, PoolConfig>;
  readonly #choices: Map<string, StrategyChoice>;
  readonly #onChange: (change: StrategyChange, choice: StrategyChoice) => void;

  constructor(
    config: ResolvedConfig,
    onChange: (change: StrategyChange, choice: StrategyChoice) => void,
  ) {
    this.#pools = new Map(config.pools.map((pool) => [pool.name, pool]));
    this.#choices = new Map(config.pools.map(({ name, strategy }) => [name, strategy]));
    this.#onChange = onChange;
  }

  get pools(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** undefined for an unknown pool. */
  of(pool: string): StrategyChoice | undefined {
    return this.#choices.get(pool);
  }

  /** What is wrong, or null when it was done. */
  set(name: string, strategy: unknown): string | null {
    const [pool, current] = [this.#pools.get(name), this.#choices.get(name)];
    if (pool === undefined || current === undefined) {
      const near = nearestName(name, this.pools);
      return `there is no pool ${JSON.stringify(name)}${near === null ? "" : `; did you mean ${JSON.stringify(near)}?`}`;
    }
    const read = readStrategy(
      strategy,
      pool.backends.map(({ weight }) => weight),
    );
    if (!read.ok) return read.message;
    this.#choices.set(name, read.value);
    this.#onChange({ pool: name, from: current.type, to: read.value.type }, read.value);
    return null;
  }
}

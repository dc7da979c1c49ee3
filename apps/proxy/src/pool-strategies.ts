import { readStrategy } from "@evenkeel/config";
import type { StrategyChoice, StrategyName } from "@evenkeel/core";
import { withSetting } from "./generation/edited-settings.ts";
import type { Generations } from "./generation/generations.ts";
import { whatWasMeant } from "./what-was-meant.ts";

/** For log and admin. */
export interface StrategyChange {
  readonly pool: string;
  readonly from: StrategyName;
  readonly to: StrategyName;
}

/** Which strategy each pool goes by now. A reload goes by the configuration again. */
export class PoolStrategies {
  readonly #generations: Generations;
  readonly #onChange: (change: StrategyChange) => void;

  constructor(generations: Generations, onChange: (change: StrategyChange) => void) {
    this.#generations = generations;
    this.#onChange = onChange;
  }

  get pools(): readonly string[] {
    return this.#generations.config.pools.map(({ name }) => name);
  }

  /** undefined for an unknown pool. */
  of(pool: string): StrategyChoice | undefined {
    return this.#generations.config.pools.find(({ name }) => name === pool)?.strategy;
  }

  /** What is wrong, or null when it was done. */
  async set(name: string, strategy: unknown): Promise<string | null> {
    const pool = this.#generations.config.pools.find((one) => one.name === name);
    if (pool === undefined) {
      return `there is no pool ${JSON.stringify(name)}; ${whatWasMeant(name, this.pools)}`;
    }
    const read = readStrategy(
      strategy,
      pool.backends.map(({ weight }) => weight),
    );
    if (!read.ok) return read.message;
    const result = await this.#generations.change(
      ({ written }) => withSetting(written, ["pools", name, "strategy"], strategy, "algorithm"),
      "the admin API (algorithm)",
    );
    if (!result.ok) return result.problems.map(({ message }) => message).join("; ");
    this.#onChange({ pool: name, from: pool.strategy.type, to: read.value.type });
    return null;
  }
}

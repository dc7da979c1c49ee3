import type { FaultEffect } from "../predict/fault-effect.ts";
import type { Recover, Victim } from "./victim.ts";

/** What the promises of a fault depend on. */
export interface PromiseFacts {
  /** The balancer tries idempotent requests again, on another backend. */
  readonly retries: boolean;
  /** Somebody notices: checks that see the fault, or a breaker. */
  readonly detects: boolean;
}

/** One way to break backends: one entry in the registry, and nothing else has to know it. */
export interface FaultKind {
  readonly name: string;
  /** One line for the help. */
  readonly meaning: string;
  readonly effect: FaultEffect;
  /** How many of so many backends it hits; always the first ones. */
  victims(backends: number): number;
  /** Breaks one of them and returns the way back. */
  strike(victim: Victim): Promise<Recover>;
  /** Thresholds that hold although it strikes, in the grammar of `--threshold`. */
  promises(facts: PromiseFacts): readonly string[];
}

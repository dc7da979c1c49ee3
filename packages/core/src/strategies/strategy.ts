import type { Backend } from "../backend.ts";
import type { Random } from "../runtime.ts";

/** What a pick may depend on. The balancer reuses one object: read it, never keep it. */
export interface PickContext {
  /** Monotonic milliseconds, read once per decision. */
  readonly now: number;
  /** What affinity strategies hash; empty when the request has none. */
  readonly hashKey: string;
}

/** Picks one backend. Never sees unready backends; an empty list means `undefined`. */
export interface Strategy {
  readonly name: string;
  /** Membership changed. Called once before the first pick; never on the path of a request. */
  rebuild(members: readonly Backend[]): void;
  /** An element of `ready`. Allocates nothing. */
  pick(ready: readonly Backend[], context: PickContext): Backend | undefined;
}

/** Everything a strategy may ask the outside for. */
export interface StrategyDeps {
  readonly random: Random;
  /**
   * The next position of the pool's sequence, 0 to 2^32 - 1, which all workers share. Only a first
   * attempt advances it: a retry gets a random position instead.
   */
  nextSequence(): number;
  /** Attempts on this backend that have not ended, over all workers. */
  inFlight(backend: Backend): number;
}

export type StrategyFactory = (deps: StrategyDeps) => Strategy;

import type { Backend } from "../backend.ts";
import type { LatencyEstimates } from "../load/latency-estimates.ts";
import type { Random } from "../runtime.ts";

/** What a pick may depend on. The balancer reuses one object: read it, never keep it. */
export interface PickContext {
  /** Monotonic milliseconds, read once per decision. */
  readonly now: number;
  /** What affinity strategies hash; empty when the request has none. */
  readonly hashKey: string;
  /**
   * A second or later attempt. Its list is made for it alone, without the backends already tried, so
   * nothing worth keeping can be derived from it.
   */
  readonly isRetry: boolean;
}

/**
 * How one attempt went, as a measure of its backend. `answered`: a usable response head. `failed`: no
 * head, or one that says so (5xx, 429). `canceled`: nobody waited for the head any longer.
 */
export type AttemptResult = "answered" | "failed" | "canceled";

/**
 * What a strategy knows of one backend, by name, with the unit in the name: the numbers that `pick`
 * compares. For people.
 */
export type PickFacts = Readonly<Record<string, number>>;

/** Picks one backend. Never sees unready backends; an empty list means `undefined`. */
export interface Strategy {
  /**
   * Membership or weights changed. Called before the first pick and between requests, never on the
   * path of one. What is known of a backend whose slot stays is kept.
   */
  rebuild(members: readonly Backend[]): void;
  /** An element of `ready`. Allocates nothing while `ready` stays the same array. */
  pick(ready: readonly Backend[], context: PickContext): Backend | undefined;
  /**
   * Called once per attempt, at the response head or when it will not come; `latencyMs` is from the
   * attempt's start. Strategies that do not measure leave it out, and nobody looks at a clock for them.
   */
  observe?(backend: Backend, result: AttemptResult, latencyMs: number, now: number): void;
  /**
   * What `pick` would go by if it were asked now. Changes nothing. Strategies that compare nothing leave it
   * out.
   */
  explain?(backend: Backend, context: PickContext): PickFacts;
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
  /** Shared by all workers. */
  readonly latency: LatencyEstimates;
}

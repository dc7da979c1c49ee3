import type { Backend } from "./backend.ts";
import type { PickFacts } from "./strategies/strategy.ts";

/**
 * Where a backend stands for one request.
 *
 * `bound`: its client belongs there, so nobody else is asked. `candidate`: the strategy may pick it.
 * `trial`: it was ejected and gets single requests. `backup`: ready, but one of an earlier priority is,
 * too. `tried`: it has failed this request. `at-capacity`: as many attempts in flight as it may have.
 * `pool-full`: ready, but the pool has as many in flight as it may have. `bound-only`: it drains, and serves
 * only clients that belong to it. `down`: checks say that it answers nobody. `out`: no new requests, for
 * another reason.
 */
export type Standing =
  | "bound"
  | "candidate"
  | "trial"
  | "backup"
  | "tried"
  | "at-capacity"
  | "pool-full"
  | "bound-only"
  | "down"
  | "out";

export interface BackendStanding {
  readonly backend: Backend;
  readonly standing: Standing;
  /** Attempts that have not ended, over all workers. */
  readonly inFlight: number;
  /** Of its traffic, 0 to 1: less than 1 in slow start. */
  readonly share: number;
  /** What the strategy goes by; empty where it compares nothing. */
  readonly facts: PickFacts;
}

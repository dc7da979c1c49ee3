import type { Backend, Balancer, HashKey, HedgePolicy, RetryPolicy } from "@evenkeel/core";
import type { PlacedPool } from "./generation/placed-config.ts";
import type { StickySessions } from "./sticky/sticky-sessions.ts";
import type { BackendConnections } from "./upstream/backend-connections.ts";
import type { WaitingCount, WaitingRoom } from "./waiting-room.ts";

/**
 * One pool as this thread sees it: its balancer and its own connections to each backend. One that a
 * reload leaves as it is serves in the next generation, too; a changed one is made anew.
 */
export interface PoolRuntime {
  readonly config: PlacedPool;
  /** Its row in what is shared between threads. */
  readonly index: number;
  readonly balancer: Balancer;
  readonly retry: RetryPolicy;
  /** null: no second copies. */
  readonly hedge: HedgePolicy | null;
  /** What the strategy hashes of a request; null: nothing, so nothing is looked for. */
  readonly hashKey: HashKey | null;
  /** null: no client belongs to a backend. */
  readonly sticky: StickySessions | null;
  /** By Backend, since every member of the balancer's pool is one of these objects. */
  readonly connections: ReadonlyMap<Backend, BackendConnections>;
  /** null where there is no limit, so nobody waits. */
  readonly waitingRoom: WaitingRoom | null;
  readonly waiting: WaitingCount;
  /** The same pool in the next generation; null in the one in force, and where it has none. */
  successor: PoolRuntime | null;
}

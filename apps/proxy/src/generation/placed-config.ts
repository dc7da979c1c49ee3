import type {
  BackendConfig,
  ListenAddress,
  ListenerConfig,
  PoolConfig,
  ResolvedConfig,
} from "@evenkeel/config";
import type { Backend } from "@evenkeel/core";

/** A backend and its row in the scoreboard, the same in every thread and for as long as it stays. */
export interface PlacedBackend extends BackendConfig {
  readonly slot: number;
}

export interface PlacedPool extends PoolConfig {
  /** In everything that is counted by pool. Not its position in the list, which a reload may change. */
  readonly row: number;
  readonly backends: readonly PlacedBackend[];
}

export interface PlacedListener extends ListenerConfig {
  /**
   * What makes it the same listener in the next generation: its address as it was configured. Its
   * `address` has the port that the system chose, once there is one.
   */
  readonly key: string;
}

/** A configuration with the places of its parts in what the threads share: one generation. */
export interface PlacedConfig extends ResolvedConfig {
  /** Counts up from 1. */
  readonly generation: number;
  readonly listeners: readonly PlacedListener[];
  readonly pools: readonly PlacedPool[];
  /** Of all limits, in the order of `limitKeysOf`. */
  readonly limitTables: readonly SharedArrayBuffer[];
}

/** The backends of each pool, in the order of the configuration. */
export function poolMembers({ pools }: PlacedConfig): readonly (readonly Backend[])[] {
  return pools.map(membersOf);
}

export function membersOf({ backends }: PlacedPool): readonly Backend[] {
  return backends.map(({ id, host, port, socketPath, weight, priority, slot }) => {
    return { id, host, port, socketPath, weight, priority, slot };
  });
}

/** `addresses` are those that were bound, in the order of the listeners. */
export function withAddresses(
  config: PlacedConfig,
  addresses: readonly ListenAddress[],
): PlacedConfig {
  const listeners = config.listeners.map((listener, index) => ({
    ...listener,
    address: addresses[index] ?? listener.address,
  }));
  return { ...config, listeners };
}

import type { Worker } from "node:worker_threads";
import type { ListenAddress } from "@evenkeel/config";
import type { PlacedConfig } from "./generation/placed-config.ts";

/** The data plane as the control plane sees it: one thread or several. */
export interface Plane {
  /** Serves its first generation. Rejects with a ListenError when an address cannot be bound. */
  start(): Promise<readonly ListenAddress[]>;
  /**
   * Makes the next generation beside the one in force; the answer is the addresses of all its listeners.
   * Rejects when something cannot be had; then, and only then, `abandon` has to follow.
   */
  prepare(config: PlacedConfig): Promise<readonly ListenAddress[]>;
  /** Resolves when every request from the next one on goes by what was prepared. */
  commit(): Promise<void>;
  abandon(): void;
  /** From now on, this share of all requests is traced, until the configured one changes. */
  setTracing(share: number): void;
  drain(): Promise<void>;
  terminate(): Promise<void>;
  /** How often each worker was replaced. */
  readonly restarts: readonly number[];
  /** By index; null while one is being replaced. */
  readonly threads: readonly (Worker | null)[];
}

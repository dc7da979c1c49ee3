import type { ResolvedConfig } from "@evenkeel/config";
import type { Backend } from "@evenkeel/core";

/**
 * The backends of each pool with their scoreboard rows, numbered in configuration order, so that
 * every thread gives the same backend the same row.
 */
export function poolMembers(config: ResolvedConfig): readonly (readonly Backend[])[] {
  let slot = 0;
  return config.pools.map((pool) =>
    pool.backends.map(({ id, host, port, weight, priority }) => ({
      id,
      host,
      port,
      weight,
      priority,
      slot: slot++,
    })),
  );
}

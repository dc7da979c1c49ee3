import type { ResolvedConfig } from "@evenkeel/config";
import { Scoreboard } from "@evenkeel/core";
import type { PlacedConfig } from "../generation/placed-config.ts";
import { Places, roomFor } from "../generation/places.ts";
import { HealthControl } from "../health/health-control.ts";

/** What an explanation is made from: what the workers share and what the control plane knows. */
export interface ExplainSources {
  /** In force, with the rows of its pools and backends. */
  readonly config: PlacedConfig;
  readonly scoreboard: Scoreboard;
  readonly health: Pick<HealthControl, "status">;
  /** Monotonic milliseconds, as the workers count. */
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly wallNow: number;
  /** Something runs; else all is as at the start, before any check and any request. */
  readonly isLive: boolean;
}

/** A balancer of this configuration that has just been started, and has seen no request. */
export function startingSources(resolved: ResolvedConfig): ExplainSources {
  const scoreboard = Scoreboard.allocate(roomFor(resolved, 1));
  const { config } = new Places(scoreboard, [], () => 0).place(resolved);
  return {
    config,
    scoreboard,
    health: new HealthControl(config, scoreboard, () => {}),
    now: performance.now(),
    wallNow: Date.now(),
    isLive: false,
  };
}

import type { LoadResult } from "@evenkeel/config";
import type { Scoreboard } from "@evenkeel/core";
import type { Generations } from "../generation/generations.ts";
import type { PlacedConfig } from "../generation/placed-config.ts";
import type { HealthControl } from "../health/health-control.ts";
import type { PoolStrategies } from "../pool-strategies.ts";
import type { MetricSources } from "../metrics/metric.ts";
import type { AdminAnswer } from "./admin-answer.ts";

/** `starting` until the listeners are bound, `draining` from the first signal on. */
export type Phase = "starting" | "serving" | "draining";

/** What routes may look at. */
export interface AdminContext {
  /** In force now; its pools and backends have the rows that the scoreboard keeps them in. */
  readonly config: PlacedConfig;
  readonly generations: Generations;
  /** Reads the configuration again from where it came from; null where it came from a program. */
  readonly reread: (() => LoadResult) | null;
  readonly scoreboard: Scoreboard;
  readonly health: Pick<HealthControl, "status" | "setOperatorState">;
  readonly metrics: MetricSources;
  readonly strategies: Pick<PoolStrategies, "pools" | "of" | "set">;
  readonly phase: () => Phase;
}

export interface AdminRequest {
  /** What follows the question mark; empty without one. */
  readonly query: string;
  /** The fields as they were sent. */
  readonly accept: string | undefined;
  readonly ifMatch: string | undefined;
  /** What stood in the place of `{id}`, decoded; empty where the path has none. */
  readonly id: string;
  /** The parsed JSON of a change; undefined when there was no body. */
  readonly body: unknown;
}

/** One call of the admin API: one file in routes/, one line in the registry. */
export interface AdminRoute {
  /** GET answers HEAD too and changes nothing; the others take a JSON body or none. */
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Exact, but for `{id}` as its last segment, which stands for any. */
  readonly path: string;
  /** Answered without the token: for orchestrators, which have none to give. */
  readonly isPublic?: boolean;
  /** The body is given as text, JSON or YAML, and not parsed. */
  readonly takesText?: true;
  readonly answer: (
    context: AdminContext,
    request: AdminRequest,
  ) => AdminAnswer | Promise<AdminAnswer>;
}

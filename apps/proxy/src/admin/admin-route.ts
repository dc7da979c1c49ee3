import type { LoadResult } from "@evenkeel/config";
import type { Scoreboard } from "@evenkeel/core";
import type { Generations } from "../generation/generations.ts";
import type { PlacedConfig } from "../generation/placed-config.ts";
import type { HealthControl } from "../health/health-control.ts";
import type { PoolStrategies } from "../pool-strategies.ts";
import type { Profiler } from "../profiling/profiler.ts";
import type { TrafficWindow } from "../observe/traffic-window.ts";
import type { MetricSources } from "../metrics/metric.ts";
import type * as z from "zod";
import type { Tracing } from "../trace/tracing.ts";
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
  /** The last ten seconds, up to now. */
  readonly recent: () => TrafficWindow;
  readonly profiler: Pick<Profiler, "threads" | "busyMs" | "take">;
  readonly tracing: Tracing;
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
  /** The caller has left. */
  readonly signal: AbortSignal;
  /** The parsed JSON of a change; undefined when there was no body. */
  readonly body: unknown;
}

/** One content type of the answer that a call gives when all is well. */
export interface AdminResult {
  /** What is in it. */
  readonly meaning: string;
  readonly contentType: string;
  /** Of JSON; null for everything else. */
  readonly schema: z.ZodType | null;
  /** 200 where it is left out. */
  readonly status?: 200 | 201;
}

/** A parameter of the query, none of which must be there. */
export interface QueryParameter {
  readonly meaning: string;
  readonly schema: z.ZodType;
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
  readonly takesText?: boolean;
  /** It takes the threads' time: no other page may lead anybody here, as if it changed something. */
  readonly isCostly?: boolean;
  /** What it is for, in one sentence; it and what follows are the API's description (openapi.ts). */
  readonly summary: string;
  readonly query?: Readonly<Record<string, QueryParameter>>;
  /** Of a change; left out where it takes none. */
  readonly body?: z.ZodType;
  /** It takes `If-Match` with a generation, and answers 412 when another one is in force. */
  readonly isConditional?: boolean;
  /** The first one is what a caller gets who asks for none. */
  readonly results: readonly [AdminResult, ...AdminResult[]];
  /** Why it may refuse, by status, besides what is common to all calls. */
  readonly problems?: Readonly<Record<number, string>>;
  readonly answer: (
    context: AdminContext,
    request: AdminRequest,
  ) => AdminAnswer | Promise<AdminAnswer>;
}

/** The usual result. */
export function json(meaning: string, schema: z.ZodType): AdminResult {
  return { meaning, contentType: "application/json", schema };
}

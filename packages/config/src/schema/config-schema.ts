import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { AccessLogConfig, PoolConfig, ResolvedConfig } from "../resolved-config.ts";
import { everythingTo } from "../route-config.ts";
import { adminSchema } from "./admin-schema.ts";
import { listenerSchema } from "./listener-schema.ts";
import { poolNamePattern } from "./pool-name.ts";
import { poolSchema } from "./pool-schema.ts";
import { routeSchema } from "./route-schema.ts";
import { tracesSchema } from "./traces-schema.ts";
import { durationField } from "./unit-fields.ts";

const mostWorkers = 256;

// For editors; `checkPools` refuses a name, because zod would then not look into that pool.
const poolName = z.string().meta({ pattern: poolNamePattern.source });

const logFormat = z
  .enum(["json", "common", "combined", "off"])
  .describe("json writes one object per line; common and combined are Apache's formats.");

const accessLogSchema: z.ZodType<AccessLogConfig> = z
  .union([logFormat, z.strictObject({ format: logFormat.prefault(defaults.accessLog) })])
  .transform((value) => (typeof value === "string" ? { format: value } : value));

const poolsSchema: z.ZodType<PoolConfig[]> = z
  .record(poolName, poolSchema)
  .refine((pools) => Object.keys(pools).length > 0, { error: "at least one pool is needed" })
  .transform((pools) => Object.entries(pools).map(([name, pool]) => ({ name, ...pool })));

/** The whole file, from what was written to what the rest of the program reads. */
export const configSchema: z.ZodType<ResolvedConfig> = z
  .strictObject({
    $schema: z.string().optional().describe("Where editors find this schema; not used."),
    version: z
      .literal(1, { error: "expected the number 1: this evenkeel reads no other version" })
      .prefault(defaults.version)
      .describe("Version of this file's format."),
    workers: z
      .union([z.literal("auto"), z.int().min(0).max(mostWorkers)], {
        error: `expected auto, or a whole number from 0 to ${mostWorkers}`,
      })
      .prefault(defaults.workers)
      .describe("Data-plane threads; auto = one per core, 0 = none besides the main thread."),
    listeners: z
      .array(listenerSchema)
      .min(1, { error: "at least one listener is needed; remove the key to get the default" })
      .prefault([{}])
      .describe("The addresses that clients connect to."),
    admin: adminSchema
      .optional()
      .describe("Address of health, metrics and the admin API; off unless written."),
    pools: poolsSchema.describe("Groups of backends by name."),
    routes: z
      .array(routeSchema)
      .min(1, { error: "at least one route is needed; remove the key if there is one pool" })
      .optional()
      .describe("The most specific match decides (docs/routing.md); not needed with one pool."),
    accessLog: accessLogSchema
      .prefault(defaults.accessLog)
      .describe("One record per request on standard output."),
    traces: tracesSchema
      .prefault({})
      .describe("Requests whose decisions are kept for GET /api/v1/traces (docs/explain.md)."),
    shutdown: z
      .strictObject({
        timeout: durationField
          .prefault(defaults.shutdownTimeout)
          .describe("Requests still running after this are cut off."),
      })
      .prefault({})
      .describe("What happens on SIGTERM."),
  })
  .transform(
    ({ version, workers, listeners, admin, pools, routes, accessLog, traces, shutdown }) => ({
      version,
      workers,
      listeners,
      admin: admin ?? null,
      pools,
      routes: routes ?? pools.map(({ name }) => everythingTo(name)),
      accessLog,
      traces,
      shutdown: { timeoutMs: shutdown.timeout },
    }),
  );

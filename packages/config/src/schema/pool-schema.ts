import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { PoolConfig } from "../resolved-config.ts";
import { backendSchema } from "./backend-schema.ts";
import { overlayHealthCheck, poolHealthCheckSchema } from "./health-check-schema.ts";
import { strategySchema } from "./strategy-schema.ts";
import {
  circuitBreakerSchema,
  outlierDetectionSchema,
  poolLimitsSchema,
} from "./resilience-schema.ts";
import { hedgeSchema, retrySchema } from "./retry-schema.ts";
import { stickySchema } from "./sticky-schema.ts";
import { durationField, durationOrOffField, percentField } from "./unit-fields.ts";

const { pool: preset } = defaults;
const mostIdleConnections = 10_000;

const connectionsSchema = z.strictObject({
  poolSize: z
    .int()
    .min(0)
    .max(mostIdleConnections)
    .prefault(preset.connections.poolSize)
    .describe("Idle connections kept per backend and worker; 0 = a new one for every request."),
  idleTimeout: durationField
    .prefault(preset.connections.idleTimeout)
    .describe("Idle ones are closed after this; keep it below the backend's own keep-alive."),
  pipelining: z
    .boolean()
    .prefault(preset.connections.pipelining)
    .describe("Idempotent requests without a body that are ready together share a connection."),
});

const timeoutsSchema = z.strictObject({
  connect: durationField
    .prefault(preset.timeouts.connect)
    .describe("For the connection to a backend to be made."),
  response: durationField
    .prefault(preset.timeouts.response)
    .describe("Of each try, from the end of the request to the first byte of the response head."),
  idle: durationField
    .prefault(preset.timeouts.idle)
    .describe("Longest pause inside a response body."),
  tunnel: durationField
    .prefault(preset.timeouts.tunnel)
    .describe("Longest silence of an upgraded connection, such as a WebSocket."),
});

/** One pool; its name is the key it stands under. */
export const poolSchema: z.ZodType<Omit<PoolConfig, "name">> = z
  .strictObject({
    strategy: strategySchema.prefault(preset.strategy),
    backends: z
      .array(backendSchema)
      .min(1, { error: "a pool needs at least one backend" })
      .describe("The servers of this pool, as URLs or as mappings."),
    healthCheck: poolHealthCheckSchema
      .prefault({})
      .describe("The active check of every backend; false switches it off."),
    outlierDetection: outlierDetectionSchema
      .prefault({})
      .describe("What real traffic says about a backend; false switches it off."),
    circuitBreaker: circuitBreakerSchema
      .prefault({})
      .describe("Takes a backend out after failures in a row; false switches it off."),
    slowStart: durationOrOffField
      .prefault(preset.slowStart)
      .describe("How long a backend that comes back takes to get its full share of traffic."),
    panicThreshold: percentField({ min: 0, max: 1, canBeOff: true })
      .prefault(preset.panicThreshold)
      .describe("Below this share of available backends the ejected ones get traffic, too."),
    retry: retrySchema.prefault({}).describe("What happens to a request that failed."),
    hedge: hedgeSchema
      .prefault("off")
      .describe("A second copy of an idempotent request that is slow to be answered."),
    limits: poolLimitsSchema
      .prefault({})
      .describe("Requests at a time, and what happens to those above."),
    sticky: stickySchema
      .prefault(false)
      .describe("Clients return to the backend that served them first, by a signed cookie."),
    proxyProtocol: z
      .enum(["off", "v1", "v2"])
      .prefault(preset.proxyProtocol)
      .describe("PROXY header that connections to the backends begin with; they must expect it."),
    connections: connectionsSchema.prefault({}).describe("Connections to the backends."),
    timeouts: timeoutsSchema.prefault({}).describe("How long a backend may take."),
  })
  .transform(({ strategy, backends, healthCheck, proxyProtocol, slowStart, ...rest }) => ({
    ...rest,
    strategy,
    proxyProtocol: proxyProtocol === "off" ? null : proxyProtocol,
    backends: backends.map((backend) => ({
      id: backend.id,
      host: backend.host,
      port: backend.port,
      socketPath: backend.socketPath,
      weight: backend.weight,
      priority: backend.priority,
      healthCheck: overlayHealthCheck(healthCheck, backend.healthCheck),
    })),
    slowStartMs: slowStart,
    connections: {
      poolSize: rest.connections.poolSize,
      idleTimeoutMs: rest.connections.idleTimeout,
      pipelining: rest.connections.pipelining,
    },
    timeouts: {
      connectMs: rest.timeouts.connect,
      responseMs: rest.timeouts.response,
      idleMs: rest.timeouts.idle,
      tunnelMs: rest.timeouts.tunnel,
    },
  }));

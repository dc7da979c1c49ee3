import * as z from "zod";
import type { Explanation } from "./explanation.ts";

/** Numbers by name, with the unit in the name. */
export const factsSchema: z.ZodType<Readonly<Record<string, number>>> = z.record(
  z.string(),
  z.number(),
);

const chance = z.number().min(0).max(1);
const count = z.int().min(0);
/** From 1, in the order of the file. */
const routeNumber = z.int().min(1);

const outcome = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("forward"),
    backends: z.array(z.strictObject({ pool: z.string(), backend: z.string(), chance })),
  }),
  z.strictObject({ kind: z.literal("wait"), detail: z.string() }),
  z.strictObject({
    kind: z.literal("refuse"),
    status: z.int(),
    error: z.string().describe("The token of the Proxy-Status field."),
    detail: z.string(),
  }),
  z.strictObject({ kind: z.literal("redirect"), status: z.int(), location: z.string() }),
  z.strictObject({ kind: z.literal("answer"), status: z.int(), detail: z.string() }),
]);

const backend = z.strictObject({
  id: z.string(),
  url: z.string(),
  chance,
  verdict: z
    .enum([
      "picked",
      "possible",
      "not-picked",
      "bound-elsewhere",
      "backup",
      "at-capacity",
      "pool-full",
      "ejected",
      "unhealthy",
      "unchecked",
      "draining",
      "maintenance",
    ])
    .describe("`picked` and `possible` may get the request; every other word says why not."),
  reason: z.string().describe("For people."),
  status: z.string(),
  breaker: z.string(),
  ejectedUntil: z.iso.datetime().nullable(),
  weight: z.number(),
  priority: count,
  inFlight: count,
  cap: count.nullable().describe("Most that may be in flight."),
  share: z.number().describe("Below 1 in slow start."),
  score: factsSchema.describe("What the strategy compares."),
});

const cookie = z.strictObject({
  cookie: z.string(),
  verdict: z.enum([
    "bound",
    "expired",
    "malformed",
    "unknown-secret",
    "forged",
    "unknown-backend",
    "absent",
  ]),
  backend: z.string().nullable(),
  detail: z.string(),
});

const retry = z.strictObject({
  maxRetries: count,
  budgetLeft: count.nullable().describe("null = no budget."),
  isIdempotent: z.boolean(),
  after: z.array(
    z.strictObject({
      outcome: z.string(),
      isRetried: z.boolean(),
      reason: z.string().nullable().describe("The rule that forbids it."),
    }),
  ),
});

const pool = z.strictObject({
  pool: z.string(),
  chance,
  strategy: z.string(),
  isPanicking: z.boolean(),
  inFlight: count,
  waiting: count.describe("Requests that wait for room."),
  hashKey: z.strictObject({ from: z.string(), value: z.string() }).nullable(),
  sticky: cookie.nullable(),
  refusal: z.string().nullable().describe("Why there is no backend."),
  backends: z.array(backend),
  nextTurns: z.array(z.string()).describe("Of strategies that take turns."),
  keyOrder: z
    .array(z.string())
    .describe("Of requests with a key: whose it is, and whose if those before fail."),
  retry,
});

const route = z.strictObject({
  number: routeNumber.describe("Its place in the file, from 1."),
  asks: z.string(),
  because: z.array(z.string()),
});

const nearRoute = z.strictObject({
  number: routeNumber,
  asks: z.string(),
  failed: z.array(z.string()).describe("What did not match."),
  outranked: z.string().nullable().describe("All matched, but another route comes first."),
});

const rateLimit = z.strictObject({
  name: z.string(),
  key: z.string().describe("Whom it counts."),
  isAllowed: z.boolean(),
  remaining: count,
  waitMs: z.number(),
});

const concurrencyLimit = z.strictObject({
  key: z.string().describe("Whom it counts."),
  underWay: count.describe("Without this request."),
  most: count,
  isAllowed: z.boolean(),
});

const split = z.strictObject({
  by: z.string(),
  key: z.string().nullable(),
  point: z.number().nullable().describe("Where the key stands between 0 and 1."),
  arms: z.array(z.strictObject({ pool: z.string(), chance })),
});

export const explanationSchema: z.ZodType<Explanation> = z.strictObject({
  request: z.strictObject({
    method: z.string(),
    target: z.string(),
    host: z.string().nullable(),
    clientIp: z.string().describe("By X-Forwarded-For where the peer is trusted."),
    peer: z.string(),
    isPeerTrusted: z.boolean(),
    listener: z.string(),
  }),
  outcome: outcome as z.ZodType<Explanation["outcome"]>,
  route: route.nullable(),
  nearRoutes: z.array(nearRoute).describe("The nearest first."),
  concurrencyLimits: z.array(concurrencyLimit),
  rateLimits: z.array(rateLimit),
  split: split.nullable(),
  forwarded: z
    .strictObject({ target: z.string(), head: z.array(z.string()) })
    .nullable()
    .describe("What a backend would be sent."),
  mirror: z.strictObject({ pool: z.string(), share: chance }).nullable(),
  pools: z.array(pool).describe("The route's pool, or each arm that the request may be in."),
  notes: z.array(z.string()).describe("What this explanation cannot know."),
});

/** What a caller sends. */
export const askedSchema: z.ZodType = z.strictObject({
  method: z.string().optional().describe("GET where it is left out."),
  url: z.string().optional().describe("`http://host/path`; instead of host and path."),
  host: z.string().nullable().optional().describe("null = HTTP/1.0 without one."),
  path: z.string().optional().describe("With its query, byte for byte."),
  headers: z
    .union([
      z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      z.array(z.array(z.string()).length(2)),
    ])
    .optional(),
  clientIp: z
    .string()
    .optional()
    .describe("Who connects; 127.0.0.1 where it is left out, `unix` at a unix socket."),
  listener: z
    .union([z.string(), z.int().min(0)])
    .optional()
    .describe("Its name, its address, or its number from 0; the first where it is left out."),
});

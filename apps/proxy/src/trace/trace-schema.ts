import * as z from "zod";
import { factsSchema } from "../explain/explanation-schema.ts";
import type { TraceRecord } from "./trace-record.ts";

const candidate = z.strictObject({
  backend: z.string(),
  standing: z.enum([
    "bound",
    "candidate",
    "trial",
    "backup",
    "tried",
    "at-capacity",
    "pool-full",
    "bound-only",
    "down",
    "out",
  ]),
  inFlight: z.int().min(0),
  share: z.number().describe("Below 1 in slow start."),
  score: factsSchema.describe("What the strategy compared."),
  reason: z.string().optional().describe("What health said of it, a moment later."),
});

const retry = z.strictObject({
  isGranted: z.boolean(),
  delayMs: z.number(),
  reason: z.string().nullable().describe("The rule that forbade it."),
});

const attempt = z.strictObject({
  startedMs: z.number().describe("Since the request began."),
  ms: z.number().nullable().describe("null of a second copy that was overtaken."),
  backend: z.string(),
  outcome: z.string(),
  retry: retry.nullable().describe("null where that was no question."),
  candidates: z.array(candidate).describe("How the pool's backends stood then; 32 at most."),
  others: z.int().min(0).describe("Backends beyond those."),
});

export const traceSchema: z.ZodType<TraceRecord> = z.strictObject({
  time: z.iso.datetime().describe("When it ended."),
  requestId: z.string(),
  clientIp: z.string(),
  method: z.string(),
  path: z.string(),
  route: z.int().min(1).nullable().describe("Its place in the file, from 1."),
  pool: z.string().nullable(),
  status: z.int(),
  error: z.string().nullable(),
  latencyMs: z.number(),
  hashKey: z.string().nullable().describe("null where nothing is hashed."),
  boundTo: z.string().nullable().describe("The backend that its sticky cookie names."),
  waits: z.int().min(0).describe("Times that no backend had room."),
  attempts: z.array(attempt),
});

import { parseDuration, parsePercent } from "@evenkeel/config";
import * as z from "zod";
import { traceSchema } from "../../trace/trace-schema.ts";
import type { Tracing } from "../../trace/tracing.ts";
import { unknownKeyIn, whatWasMeant } from "../../what-was-meant.ts";
import { jsonAnswer, problemAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";

const keys = ["pool", "backend", "requestId", "status", "path", "retried", "limit"];
const usualLimit = 50;
const mostLimit = 1_000;

const stateFields = {
  sample: z.string().describe("Share of the requests, or off."),
  until: z.iso.datetime().nullable().describe("When the configured share is back."),
};
const answerSchema = z.strictObject({
  ...stateFields,
  kept: z.int().min(0),
  dropped: z.int().min(0).describe("Sampled, and thrown away because there were too many at once."),
  traces: z.array(traceSchema),
});
const sampleSchema = z.strictObject({
  sample: z.string().optional().describe("A share such as 1%, or off; 100% where it is left out."),
  for: z.string().optional().describe("At most 1h; 30s where it is left out."),
});

/** Requests that were sampled, the newest first, with every decision that was taken about them. */
export const traces: AdminRoute = {
  method: "GET",
  path: "/api/v1/traces",
  summary: "Requests that were sampled, the newest first, with every decision about them.",
  query: {
    pool: { meaning: "Only those of this pool.", schema: z.string() },
    backend: { meaning: "Only those with an attempt at this backend.", schema: z.string() },
    requestId: { meaning: "Only this one.", schema: z.string() },
    path: { meaning: "Only those whose path begins like this.", schema: z.string() },
    status: { meaning: "A status, or a class such as 5xx.", schema: z.string() },
    retried: { meaning: "Only those with more than one attempt.", schema: z.literal("true") },
    limit: {
      meaning: "At most so many.",
      schema: z.int().min(1).max(mostLimit).default(usualLimit),
    },
  },
  results: [json("What is sampled, and what was.", answerSchema)],
  problems: { 422: "A parameter is unknown or out of range." },
  answer: ({ tracing }, { query }) => {
    const asked = new URLSearchParams(query);
    const unknown = [...asked.keys()].find((key) => !keys.includes(key));
    if (unknown !== undefined) return problemAnswer(422, whatWasMeant(unknown, keys));
    const limit = Number(asked.get("limit") ?? usualLimit);
    if (!Number.isInteger(limit) || limit < 1 || limit > mostLimit) {
      return problemAnswer(422, `limit: expected a whole number from 1 to ${mostLimit}`);
    }
    const status = asked.get("status");
    if (status !== null && !/^[1-5](?:\d\d|xx)$/.test(status)) {
      return problemAnswer(422, "status: expected one such as 503, or a class such as 5xx");
    }
    const retried = asked.get("retried");
    if (retried !== null && retried !== "true") {
      return problemAnswer(422, "retried: expected true, or nothing");
    }
    const filter = {
      pool: asked.get("pool"),
      backend: asked.get("backend"),
      requestId: asked.get("requestId"),
      path: asked.get("path"),
      status,
      isRetried: retried !== null,
    };
    const { size, dropped } = tracing.buffer;
    const found = tracing.buffer.find(filter, limit);
    return jsonAnswer({ ...stateOf(tracing), kept: size, dropped, traces: found });
  },
};

const expected = 'expected { "sample": "100%", "for": "30s" }';
const longestMs = 60 * 60 * 1_000;

/** Traces a share of the requests for a while, whatever the configuration says. */
export const traceNow: AdminRoute = {
  method: "POST",
  path: "/api/v1/traces",
  summary: "Samples a share of the requests for a while, whatever the configuration says.",
  body: sampleSchema,
  results: [json("What is sampled from now on.", z.strictObject(stateFields))],
  problems: { 422: "A value is not one, or out of range." },
  answer: ({ tracing }, { body }) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      return problemAnswer(422, expected);
    }
    const unknown = unknownKeyIn(body, ["sample", "for"]);
    if (unknown !== null) return problemAnswer(422, unknown);
    const { sample = "100%", for: duration = "30s" } = body as Record<string, unknown>;
    if (typeof sample !== "string" || typeof duration !== "string") {
      return problemAnswer(422, expected);
    }
    const share = sample === "off" ? { ok: true as const, value: 0 } : parsePercent(sample);
    const time = parseDuration(duration);
    if (!share.ok) return problemAnswer(422, `sample: ${share.message}`);
    if (share.value > 1) return problemAnswer(422, "sample: must be at most 100%");
    if (!time.ok) return problemAnswer(422, `for: ${time.message}`);
    if (time.value === 0 || time.value > longestMs) {
      return problemAnswer(422, "for: must be more than 0s, and at most 1h");
    }
    const { sample: from } = stateOf(tracing);
    tracing.sampleFor(share.value, time.value);
    const state = stateOf(tracing);
    return { ...jsonAnswer(state), change: { subject: "tracing", from, to: state.sample } };
  },
};

function stateOf({ share, until }: Tracing): {
  readonly sample: string;
  readonly until: string | null;
} {
  const sample = share === 0 ? "off" : `${Number((share * 100).toFixed(4))}%`;
  return { sample, until: until === null ? null : new Date(until).toISOString() };
}

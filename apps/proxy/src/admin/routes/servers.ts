import { type OperatorState } from "@evenkeel/core";
import * as z from "zod";
import type { BackendHealthStatus } from "../../health/health-control.ts";
import { backendFigures, rounded } from "../../metrics/figures.ts";
import { backendStatuses } from "../../metrics/health-metrics.ts";
import { type AdminAnswer, jsonAnswer, problemAnswer } from "../admin-answer.ts";
import { type AdminContext, type AdminRoute, json } from "../admin-route.ts";

/** What PATCH calls them, and what they are. */
const states: Readonly<Record<string, OperatorState>> = {
  ready: "active",
  drain: "draining",
  maintenance: "maintenance",
};

const serverSchema = z.strictObject({
  id: z.string().describe("`pool/backend`."),
  pool: z.string(),
  host: z.string(),
  port: z.int(),
  weight: z.number(),
  status: z.enum(backendStatuses),
  active_connections: z.int().describe("Attempts that have not ended."),
  requests_per_second: z.number().describe("Attempts that ended in the last 10 s."),
  avg_response_time_ms: z
    .number()
    .nullable()
    .describe("Of its answers in the last 10 s, to the last byte; null when there were none."),
  reason: z.string().describe("Why the status is what it is."),
});
const changeSchema = z.strictObject({
  state: z
    .enum(["ready", "drain", "maintenance"])
    .describe("drain and maintenance: no new requests, those that run finish."),
  reason: z.string().max(200).optional().describe("For log and health; printable ASCII."),
});
const noServer = { 404: "There is no such server." };

export const listServers: AdminRoute = {
  method: "GET",
  path: "/api/v1/servers",
  summary: "Every backend of every pool.",
  results: [
    json("In the order of the configuration.", z.strictObject({ servers: z.array(serverSchema) })),
  ],
  answer: (context) => jsonAnswer({ servers: serversOf(context).map(({ shown }) => shown) }),
};

/** One server; its id is `pool/id`, URL-encoded. */
export const getServer: AdminRoute = {
  method: "GET",
  path: "/api/v1/servers/{id}",
  summary: "One backend.",
  results: [json("As it is now.", serverSchema)],
  problems: noServer,
  answer: (context, { id }) => {
    const found = serversOf(context).find(({ shown }) => shown.id === id);
    return found === undefined ? unknownServer(context) : jsonAnswer(found.shown);
  },
};

/** Takes a server out, gently or with a word to those who ask why, and back in. */
export const changeServer: AdminRoute = {
  method: "PATCH",
  path: "/api/v1/servers/{id}",
  summary: "Takes a backend out of traffic, or back in with slow start.",
  body: changeSchema,
  results: [json("The backend after the change.", serverSchema)],
  problems: { ...noServer, 422: "The body is not such a change." },
  answer: (context, { id, body }) => {
    const server = serversOf(context).find(({ shown }) => shown.id === id);
    if (server === undefined) return unknownServer(context);
    const change = readChange(body);
    if (typeof change === "string") return problemAnswer(422, change);
    const { pool, status } = server;
    const { state, reason } = change;
    context.health.setOperatorState(pool, status.backend.id, state, reason);
    const after = serversOf(context).find(({ shown }) => shown.id === id)?.shown;
    const audited = {
      subject: `server ${id}`,
      from: { status: status.status },
      to: { status: after?.["status"], reason },
    };
    return { ...jsonAnswer(after), change: audited };
  },
};

interface Server {
  readonly pool: string;
  readonly status: BackendHealthStatus;
  readonly shown: Readonly<Record<string, unknown>> & { readonly id: string };
}

function serversOf(context: AdminContext): readonly Server[] {
  const { health, scoreboard, metrics, recent } = context;
  const window = recent();
  return health.status().flatMap(({ pool, backends }) =>
    backends.map((status) => {
      const { id, host, port, weight, slot } = status.backend;
      const active = scoreboard.inFlight(slot);
      const place = { id: `${pool}/${id}`, pool, host, port, weight };
      const { requestsPerSecond, durations } = backendFigures(metrics, window, slot);
      const figures = {
        active_connections: active,
        requests_per_second: rounded(requestsPerSecond),
        avg_response_time_ms: rounded(durations.meanMs),
      };
      const shown = { ...place, status: status.status, ...figures, reason: status.reason };
      return { pool, status, shown };
    }),
  );
}

function unknownServer(context: AdminContext): AdminAnswer {
  const known = serversOf(context).map(({ shown }) => shown.id);
  return problemAnswer(404, `there is no such server; there are ${known.slice(0, 20).join(", ")}`);
}

interface Change {
  readonly state: OperatorState;
  readonly reason: string;
}

const longestReason = 200;

/** What is wrong with it as text. */
function readChange(body: unknown): Change | string {
  const expected = `expected { "state": "ready" | "drain" | "maintenance", "reason"?: text }`;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return expected;
  const { state, reason = "by the admin API", ...others } = body as Record<string, unknown>;
  if (Object.keys(others).length > 0) return expected;
  if (typeof state !== "string" || !Object.hasOwn(states, state)) return expected;
  if (typeof reason !== "string" || !/^[\x20-\x7e]*$/.test(reason)) return expected;
  if (reason.length > longestReason) return `a reason has at most ${longestReason} characters`;
  return { state: states[state] as OperatorState, reason };
}

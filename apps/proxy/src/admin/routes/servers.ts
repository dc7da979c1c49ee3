import { formatBackendUrl } from "@evenkeel/config";
import { type OperatorState } from "@evenkeel/core";
import * as z from "zod";
import type { BackendHealthStatus } from "../../health/health-control.ts";
import { backendFigures, rounded } from "../../metrics/figures.ts";
import { backendStatuses } from "../../metrics/health-metrics.ts";
import { withWeight } from "../../generation/server-edits.ts";
import { unknownKeyIn, whatWasMeant } from "../../what-was-meant.ts";
import { reloadAnswer } from "../reload-answer.ts";
import { isExpected, outdated } from "./config.ts";
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
  port: z.int().nullable().describe("null where it listens on a unix socket, which `host` names."),
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
/** Of a server as it is shown. */
export const serverFields: Readonly<Record<string, z.ZodType>> = serverSchema.shape;
const note = z.string().describe("What a later reload does to the change.");
const changedSchema = z.strictObject({ ...serverSchema.shape, note });
const changeSchema = z.strictObject({
  state: z
    .enum(["ready", "drain", "maintenance"])
    .optional()
    .describe("drain and maintenance: no new requests, those that run finish."),
  weight: z.number().optional(),
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
    const found = serverOf(context, id);
    return found === undefined ? unknownServer(context, id) : jsonAnswer(found.shown);
  },
};

/** Takes a server out, gently or with a word to those who ask why, and back in; or gives it another weight. */
export const changeServer: AdminRoute = {
  method: "PATCH",
  path: "/api/v1/servers/{id}",
  summary:
    "Takes a backend out of traffic, or back in with slow start; or gives it another weight.",
  isConditional: true,
  body: changeSchema,
  results: [json("The backend after the change.", changedSchema)],
  problems: { ...noServer, 422: "The body is not such a change, or the weight cannot be had." },
  answer: async (context, request) => {
    const { generations } = context;
    const { id } = request;
    const server = serverOf(context, id);
    if (server === undefined) return unknownServer(context, id);
    const change = readChange(request.body);
    if (typeof change === "string") return problemAnswer(422, change);
    const { pool, status } = server;
    const { state, weight, reason } = change;
    if (weight !== undefined) {
      const result = await generations.change(
        (loaded) => withWeight(loaded, pool, status.backend.id, weight),
        "the admin API (weight)",
        () => isExpected(request, generations),
      );
      if (result === "outdated") return outdated(generations);
      if (!result.ok) return reloadAnswer(result);
    }
    if (state !== null) context.health.setOperatorState(pool, status.backend.id, state, reason);
    const after = serverOf(context, id)?.shown;
    const audited = {
      subject: `server ${id}`,
      from: factsOf(server),
      to: { ...factsOf(serverOf(context, id)), reason },
    };
    return { ...jsonAnswer({ ...after, note: noteOf(context, change) }), change: audited };
  },
};

const stateNote = "a reload keeps the state while the server stays; a restart does not";

function noteOf(context: AdminContext, { state, weight }: Change): string {
  const notes = [
    ...(state === null ? [] : [stateNote]),
    ...(weight === undefined ? [] : [`the weight: ${changeNote(context)}`]),
  ];
  return notes.join("; ");
}

/** What becomes of a change that the file does not have. */
export function changeNote({ reread }: AdminContext): string {
  return reread === null
    ? "it holds until other settings are loaded"
    : "it is not in the file: the next reload of the file undoes it";
}

export interface Server {
  readonly pool: string;
  readonly status: BackendHealthStatus;
  readonly shown: Readonly<Record<string, unknown>> & { readonly id: string };
}

function serverOf(context: AdminContext, id: string): Server | undefined {
  return serversOf(context).find(({ shown }) => shown.id === id);
}

/** What of it a change can change. */
function factsOf(server: Server | undefined): Readonly<Record<string, unknown>> {
  return { status: server?.shown["status"], weight: server?.shown["weight"] };
}

export function serversOf(context: AdminContext): readonly Server[] {
  const { health, scoreboard, metrics, recent } = context;
  const window = recent();
  return health.status().flatMap(({ pool, backends }) =>
    backends.map((status) => {
      const { id, weight, slot } = status.backend;
      const active = scoreboard.inFlight(slot);
      const place = { id: `${pool}/${id}`, pool, ...addressOf(status.backend), weight };
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

/** A unix socket has no port. */
function addressOf(backend: BackendHealthStatus["backend"]): {
  readonly host: string;
  readonly port: number | null;
} {
  const { host, port, socketPath } = backend;
  return socketPath === null ? { host, port } : { host: formatBackendUrl(backend), port: null };
}

export function unknownServer(context: AdminContext, id: string): AdminAnswer {
  const known = serversOf(context).map(({ shown }) => shown.id);
  return problemAnswer(404, `there is no server ${JSON.stringify(id)}; ${whatWasMeant(id, known)}`);
}

interface Change {
  /** null = it stays. */
  readonly state: OperatorState | null;
  /** As it was sent; undefined = it stays. */
  readonly weight: unknown;
  readonly reason: string;
}

const longestReason = 200;

/** What is wrong with it as text; the configuration judges the weight. */
function readChange(body: unknown): Change | string {
  const expected = `expected { "state"?: "ready" | "drain" | "maintenance", "reason"?: text, "weight"?: number }, state or weight or both`;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return expected;
  const unknown = unknownKeyIn(body, ["state", "weight", "reason"]);
  if (unknown !== null) return unknown;
  const { state, weight, reason = "by the admin API" } = body as Record<string, unknown>;
  if (state === undefined && weight === undefined) return expected;
  if (typeof reason !== "string" || !/^[\x20-\x7e]*$/.test(reason)) {
    return "a reason is text of printable ASCII characters";
  }
  if (reason.length > longestReason) return `a reason has at most ${longestReason} characters`;
  if (state === undefined) return { state: null, weight, reason };
  if (typeof state !== "string" || !Object.hasOwn(states, state)) {
    return `state: ${whatWasMeant(typeof state === "string" ? state : "", Object.keys(states))}`;
  }
  return { state: states[state] as OperatorState, weight, reason };
}

import { formatBackendUrl } from "@evenkeel/config";
import { type OperatorState } from "@evenkeel/core";
import type { BackendHealthStatus } from "../../health/health-control.ts";
import { withWeight } from "../../generation/server-edits.ts";
import { reloadAnswer } from "../reload-answer.ts";
import { isExpected, outdated } from "./config.ts";
import { type AdminAnswer, jsonAnswer, problemAnswer } from "../admin-answer.ts";
import type { AdminContext, AdminRoute } from "../admin-route.ts";

/** What PATCH calls them, and what they are. */
const states: Readonly<Record<string, OperatorState>> = {
  ready: "active",
  drain: "draining",
  maintenance: "maintenance",
};

export const listServers: AdminRoute = {
  method: "GET",
  path: "/api/v1/servers",
  answer: (context) => jsonAnswer({ servers: serversOf(context).map(({ shown }) => shown) }),
};

/** One server; its id is `pool/id`, URL-encoded. */
export const getServer: AdminRoute = {
  method: "GET",
  path: "/api/v1/servers/{id}",
  answer: (context, { id }) => {
    const found = serversOf(context).find(({ shown }) => shown.id === id);
    return found === undefined ? unknownServer(context) : jsonAnswer(found.shown);
  },
};

/** Takes a server out, gently or with a word to those who ask why, and back in; or gives it another weight. */
export const changeServer: AdminRoute = {
  method: "PATCH",
  path: "/api/v1/servers/{id}",
  answer: async (context, request) => {
    const { generations } = context;
    const { id } = request;
    const server = serversOf(context).find(({ shown }) => shown.id === id);
    if (server === undefined) return unknownServer(context);
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
    const after = serversOf(context).find(({ shown }) => shown.id === id)?.shown;
    return jsonAnswer({ ...after, note: noteOf(context, change) });
  },
};

const stateNote = "a reload keeps the state while the server stays; a restart does not";

function noteOf(context: AdminContext, { state, weight }: Change): string {
  const notes = [
    ...(state === null ? [] : [stateNote]),
    ...(weight === undefined ? [] : [`the weight: ${serverNote(context)}`]),
  ];
  return notes.join("; ");
}

/** What becomes of a change that the file does not have. */
export function serverNote({ reread }: AdminContext): string {
  return reread === null
    ? "it holds until other settings are loaded"
    : "it is not in the file: the next reload of the file undoes it";
}

export interface Server {
  readonly pool: string;
  readonly status: BackendHealthStatus;
  readonly shown: Readonly<Record<string, unknown>> & { readonly id: string };
}

export function serversOf({ health, scoreboard }: AdminContext): readonly Server[] {
  return health.status().flatMap(({ pool, backends }) =>
    backends.map((status) => {
      const { id, weight, slot } = status.backend;
      const active = scoreboard.inFlight(slot);
      const place = { id: `${pool}/${id}`, pool, ...addressOf(status.backend), weight };
      const shown = { ...place, status: status.status, active_connections: active };
      return { pool, status, shown: { ...shown, reason: status.reason } };
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

export function unknownServer(context: AdminContext): AdminAnswer {
  const known = serversOf(context).map(({ shown }) => shown.id);
  return problemAnswer(404, `there is no such server; there are ${known.slice(0, 20).join(", ")}`);
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
  const { state, weight, reason = "by the admin API", ...others } = body as Record<string, unknown>;
  if (Object.keys(others).length > 0 || (state === undefined && weight === undefined)) {
    return expected;
  }
  if (typeof reason !== "string" || !/^[\x20-\x7e]*$/.test(reason)) return expected;
  if (reason.length > longestReason) return `a reason has at most ${longestReason} characters`;
  if (state === undefined) return { state: null, weight, reason };
  if (typeof state !== "string" || !Object.hasOwn(states, state)) return expected;
  return { state: states[state] as OperatorState, weight, reason };
}

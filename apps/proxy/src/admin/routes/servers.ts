import { formatBackendUrl } from "@evenkeel/config";
import { type OperatorState } from "@evenkeel/core";
import type { BackendHealthStatus } from "../../health/health-control.ts";
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

/** Takes a server out, gently or with a word to those who ask why, and back in. */
export const changeServer: AdminRoute = {
  method: "PATCH",
  path: "/api/v1/servers/{id}",
  answer: (context, { id, body }) => {
    const server = serversOf(context).find(({ shown }) => shown.id === id);
    if (server === undefined) return unknownServer(context);
    const change = readChange(body);
    if (typeof change === "string") return problemAnswer(422, change);
    const { pool, status } = server;
    const { state, reason } = change;
    context.health.setOperatorState(pool, status.backend.id, state, reason);
    return jsonAnswer(serversOf(context).find(({ shown }) => shown.id === id)?.shown);
  },
};

interface Server {
  readonly pool: string;
  readonly status: BackendHealthStatus;
  readonly shown: Readonly<Record<string, unknown>> & { readonly id: string };
}

function serversOf({ health, scoreboard }: AdminContext): readonly Server[] {
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

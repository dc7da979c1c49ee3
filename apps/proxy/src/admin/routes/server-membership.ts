import * as z from "zod";
import type { ReloadResult } from "../../generation/generations.ts";
import { withServer, withoutServer } from "../../generation/server-edits.ts";
import { whatWasMeant } from "../../what-was-meant.ts";
import { type AdminAnswer, problemAnswer } from "../admin-answer.ts";
import { type AdminContext, type AdminRoute, json } from "../admin-route.ts";
import { reloadAnswer, reloadFields } from "../reload-answer.ts";
import { isExpected, outdated } from "./config.ts";
import { serverFields, changeNote, serversOf, unknownServer } from "./servers.ts";

const note = z.string().describe("What a later reload does to the change.");
const addSchema = z.looseObject({
  pool: z.string().optional().describe("May be left out where there is one."),
  url: z
    .string()
    .optional()
    .describe("`http://host:port` or `unix:/path`; or host and port apart:"),
  host: z.string().optional(),
  port: z.int().optional(),
});
const addedSchema = z.strictObject({ ...serverFields, note, ...reloadFields });
const removedSchema = z.strictObject({
  id: z.string(),
  active_connections: z.int().describe("Attempts that have not ended there."),
  note,
  ...reloadFields,
});

const expected =
  'expected { "pool": name, "url": "http://host:port" } or { "pool": name, "host": …, "port": … }, ' +
  "and besides what a backend of the file may have: id, weight, backup, healthCheck, …; " +
  "pool may be left out where there is one";

/** Another backend for a pool; with active checks it serves after its first one has passed. */
export const addServer: AdminRoute = {
  method: "POST",
  path: "/api/v1/servers",
  summary: "Adds a backend to a pool; with active checks it serves after its first one has passed.",
  isConditional: true,
  body: addSchema,
  results: [{ ...json("The backend, at `Location`.", addedSchema), status: 201 }],
  problems: { 422: "The body is not such a backend, or the configuration cannot have it." },
  answer: async (context, request) => {
    const { generations } = context;
    const asked = readServer(context, request.body);
    if (typeof asked === "string") return problemAnswer(422, asked);
    const { pool, server } = asked;
    const result = await generations.change(
      (loaded) => withServer(loaded, pool, server),
      "the admin API (server added)",
      () => isExpected(request, generations),
    );
    if (result === "outdated") return outdated(generations);
    return addedAnswer(context, pool, result);
  },
};

/** Takes a backend out of its pool: it gets nothing new, and what runs there finishes. */
export const removeServer: AdminRoute = {
  method: "DELETE",
  path: "/api/v1/servers/{id}",
  summary: "Takes a backend out of its pool: it gets nothing new, and what runs there finishes.",
  isConditional: true,
  results: [json("It is out.", removedSchema)],
  problems: { 404: "There is no such server.", 422: "The configuration cannot be without it." },
  answer: async (context, request) => {
    const { generations, scoreboard } = context;
    const server = serversOf(context).find(({ shown }) => shown.id === request.id);
    if (server === undefined) return unknownServer(context, request.id);
    const { pool, status } = server;
    const result = await generations.change(
      (loaded) => withoutServer(loaded, pool, status.backend.id),
      "the admin API (server removed)",
      () => isExpected(request, generations),
    );
    if (result === "outdated") return outdated(generations);
    const running = scoreboard.inFlight(status.backend.slot);
    const drains = `it gets nothing new, and ${running} requests that run there finish`;
    const note = `${drains}; ${changeNote(context)}`;
    return reloadAnswer(result, { id: request.id, active_connections: running, note });
  },
};

function addedAnswer(context: AdminContext, pool: string, result: ReloadResult): AdminAnswer {
  const server = serversOf(context).findLast((one) => one.pool === pool)?.shown;
  if (!result.ok || server === undefined) return reloadAnswer(result);
  const answer = reloadAnswer(result, { ...server, note: changeNote(context) }, 201);
  const location = `/api/v1/servers/${encodeURIComponent(server.id)}`;
  return { ...answer, headers: { ...answer.headers, Location: location } };
}

/** What is wrong with it as text; what the configuration judges is left to it. */
function readServer(
  { config }: AdminContext,
  body: unknown,
): { readonly pool: string; readonly server: object } | string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return expected;
  const names = config.pools.map(({ name }) => name);
  const {
    pool = names.length === 1 ? names[0] : undefined,
    host,
    port,
    ...rest
  } = body as Record<string, unknown>;
  if (typeof pool !== "string") return `${expected}; pools: ${names.join(", ")}`;
  if (!names.includes(pool)) {
    return `there is no pool ${JSON.stringify(pool)}; ${whatWasMeant(pool, names)}`;
  }
  if (host === undefined && port === undefined) return { pool, server: rest };
  if ("url" in rest || typeof host !== "string" || typeof port !== "number") return expected;
  const authority = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return { pool, server: { ...rest, url: `http://${authority}:${port}` } };
}

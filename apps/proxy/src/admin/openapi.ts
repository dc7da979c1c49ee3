import * as z from "zod";
import { version } from "../version.ts";
import type { AdminResult, AdminRoute } from "./admin-route.ts";

/** The parts of an OpenAPI 3.1 document that ours has. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: false; readonly content: Content };
  /** By status. */
  readonly responses: Readonly<Record<string, Response>>;
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description: string;
  readonly schema: unknown;
}

interface Response {
  readonly description: string;
  readonly content: Content;
}

/** By content type. */
type Content = Readonly<Record<string, { readonly schema?: unknown }>>;

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("For people; repeats nothing that the caller sent."),
});

const everybodysProblems = {
  400: "The request has not exactly one valid Host field.",
  403: "The request comes from another site's page.",
  421: "The Host is none of `admin.allowedHosts`.",
  500: "The call failed; the event log says why.",
};
const strangersProblem = { 401: "The token is missing or wrong." };
const conditionProblem = { 412: "`If-Match` names another generation than the one in force." };
const changesProblems = {
  400: "The request has not exactly one valid Host field, or its body is not JSON.",
  413: "The body is larger than 1 MiB.",
  415: "The body is not application/json.",
};

const description = `What the admin listener answers. Every error is an RFC 9457 problem document; another
method than those below is answered with 405 and \`Allow\`, another path with 404. GET answers HEAD, too.`;

/** The description of the API, from what each route says of itself: there is no other list to keep. */
export function createOpenApi(routes: readonly AdminRoute[]): OpenApi {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const paths = [...byPath].map(([path, some]) => {
    const operations = some.map((route) => [route.method.toLowerCase(), operationOf(route)]);
    return [path, Object.fromEntries(operations) as Record<string, Operation>] as const;
  });
  return {
    openapi: "3.1.1",
    info: { title: "Evenkeel admin API", version, description },
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Problem: jsonSchema(problemSchema) },
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "`admin.token`" } },
    },
  };
}

/** The problems that a route may answer with, its own and those of all. */
export function problemsOf(route: AdminRoute): Readonly<Record<string, string>> {
  return {
    ...everybodysProblems,
    ...(route.isPublic === true ? {} : strangersProblem),
    ...(route.method === "GET" ? {} : changesProblems),
    ...(route.isConditional === true ? conditionProblem : {}),
    ...route.problems,
  };
}

function operationOf(route: AdminRoute): Operation {
  const { method, path, summary, body, isPublic = false } = route;
  const parameters = parametersOf(route);
  return {
    operationId: operationId(method, path),
    summary,
    // Either is enough: without admin.token nobody is asked for one.
    security: isPublic ? [] : [{ token: [] }, {}],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: false, content: bodyContent(route, jsonSchema(body)) } }),
    responses: responsesOf(route),
  };
}

const schema = { type: "string" };
const serverId: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "`pool/backend`, URL-encoded: `web%2Fserver-1`.",
  schema,
};
const ifMatch: Parameter = {
  name: "If-Match",
  in: "header",
  required: false,
  description: "The generation that is to be changed, as `ETag` gave it.",
  schema,
};

function parametersOf({ path, query = {}, isConditional = false }: AdminRoute): Parameter[] {
  const asked = Object.entries(query).map(([name, { meaning, schema }]): Parameter => {
    return {
      name,
      in: "query",
      required: false,
      description: meaning,
      schema: jsonSchema(schema),
    };
  });
  const conditions = isConditional ? [ifMatch] : [];
  return [...(path.endsWith("/{id}") ? [serverId] : []), ...asked, ...conditions];
}

function responsesOf(route: AdminRoute): Record<string, Response> {
  const [first, ...others] = route.results;
  const content = Object.assign({}, ...[first, ...others].map(contentOf)) as Content;
  const refusals = Object.entries(problemsOf(route)).map(
    ([status, meaning]): [string, Response] => {
      const schema = { $ref: "#/components/schemas/Problem" };
      return [
        status,
        { description: meaning, content: { "application/problem+json": { schema } } },
      ];
    },
  );
  return {
    [first.status ?? 200]: { description: first.meaning, content },
    ...Object.fromEntries(refusals),
  };
}

function contentOf({ contentType, schema }: AdminResult): Content {
  return { [contentType]: schema === null ? {} : { schema: jsonSchema(schema) } };
}

function bodyContent({ takesText = false }: AdminRoute, schema: unknown): Content {
  const content = { "application/json": { schema } };
  return takesText ? { ...content, "application/yaml": {} } : content;
}

/** OpenAPI 3.1 takes draft 2020-12 as it is. */
function jsonSchema(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema: node }) => {
      // Said of every integer, and of no use to anybody.
      if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
      if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
    },
  });
  return rest;
}

/** `GET /api/v1/servers/{id}` is `getApiV1ServersId`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const named = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return method.toLowerCase() + named.join("");
}

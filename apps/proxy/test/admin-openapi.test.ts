import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import * as z from "zod";
import type { OpenApi, Operation } from "../src/admin/openapi.ts";
import { createAdminApiPage } from "../src/admin/reference-page.ts";
import { adminRoutes } from "../src/admin/routes.ts";
import { askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, sourceOf, startConfigured } from "./support/run-proxy.ts";

const token = "correct-horse-battery-staple-0001";

/** A call, with the status that it is meant to be answered with. */
interface Call {
  readonly method: string;
  /** As the description has it. */
  readonly path: string;
  readonly status: number;
  readonly id?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const server = "web%2Fb0";

/** Every operation at least once with what it is for; a new one that is missing here fails the test. */
const calls: readonly Call[] = [
  { method: "GET", path: "/admin/health", status: 200 },
  { method: "GET", path: "/admin/health", status: 401, headers: { authorization: "Bearer x" } },
  { method: "GET", path: "/admin/health", status: 403, headers: { origin: "http://evil.test" } },
  { method: "GET", path: "/admin/health", status: 421, headers: { host: "evil.test" } },
  { method: "GET", path: "/api/v1/servers", status: 200 },
  { method: "GET", path: "/api/v1/servers/{id}", id: server, status: 200 },
  { method: "GET", path: "/api/v1/servers/{id}", id: "none", status: 404 },
  ...[{ state: "drain", reason: "deploy 7" }, { state: "maintenance" }, { state: "ready" }].map(
    (body) => ({ method: "PATCH", path: "/api/v1/servers/{id}", id: server, status: 200, body }),
  ),
  { method: "PATCH", path: "/api/v1/servers/{id}", id: "none", status: 404, body: {} },
  { method: "PATCH", path: "/api/v1/servers/{id}", id: server, status: 422, body: {} },
  ...["random", { type: "consistent-hash", key: "client-ip" }, "least-connections"].map(
    (algorithm) => {
      return { method: "POST", path: "/admin/algorithm", status: 200, body: { algorithm } };
    },
  ),
  { method: "POST", path: "/admin/algorithm", status: 422, body: { algorithm: "rnd" } },
  {
    method: "POST",
    path: "/admin/algorithm",
    status: 415,
    body: {},
    headers: { "content-type": "text/plain" },
  },
  ...[{ weight: 3 }, { weight: 1, state: "ready" }].map((body) => {
    return { method: "PATCH", path: "/api/v1/servers/{id}", id: server, status: 200, body };
  }),
  {
    method: "POST",
    path: "/api/v1/servers",
    status: 201,
    body: { pool: "web", url: "http://127.0.0.1:2", id: "b2", healthCheck: false },
  },
  { method: "POST", path: "/api/v1/servers", status: 422, body: { url: "ftp://a" } },
  {
    method: "DELETE",
    path: "/api/v1/servers/{id}",
    id: "web%2Fb2",
    status: 412,
    headers: { "if-match": '"999"' },
  },
  { method: "DELETE", path: "/api/v1/servers/{id}", id: "web%2Fb2", status: 200 },
  { method: "DELETE", path: "/api/v1/servers/{id}", id: "web%2Fb2", status: 404 },
  { method: "GET", path: "/api/v1/config", status: 200 },
  { method: "GET", path: "/api/v1/config", status: 200, headers: { accept: "application/yaml" } },
  {
    method: "PUT",
    path: "/api/v1/config",
    status: 422,
    body: { pools: { web: { backends: ["ftp://a"] } } },
  },
  {
    method: "PUT",
    path: "/api/v1/config",
    status: 200,
    body: {
      admin: { address: "127.0.0.1:0", token },
      listeners: [{ address: "127.0.0.1:0" }],
      workers: 1,
      pools: { web: { backends: [{ url: "http://127.0.0.1:1", id: "b0" }] } },
    },
  },
  { method: "POST", path: "/api/v1/explain", status: 200, body: { url: "http://a.test/x" } },
  {
    method: "POST",
    path: "/api/v1/explain",
    status: 200,
    body: { method: "TRACE", host: null, path: "/", headers: [["a", "b"]], clientIp: "::1" },
  },
  { method: "POST", path: "/api/v1/explain", status: 422, body: { listener: 7 } },
  { method: "POST", path: "/api/v1/traces", status: 200, body: { sample: "100%", for: "1h" } },
  { method: "POST", path: "/api/v1/traces", status: 422, body: { for: "2h" } },
  { method: "GET", path: "/api/v1/traces", status: 200 },
  { method: "GET", path: "/api/v1/traces", status: 200, query: "?status=2xx&limit=1" },
  { method: "GET", path: "/api/v1/traces", status: 422, query: "?limit=0" },
  { method: "POST", path: "/admin/reload", status: 200 },
  { method: "POST", path: "/admin/reload", status: 200, body: {} },
  { method: "POST", path: "/admin/reload", status: 422, body: { force: true } },
  { method: "GET", path: "/lb-status", status: 200 },
  { method: "GET", path: "/api/v1/metrics", status: 200 },
  { method: "GET", path: "/metrics", status: 200 },
  { method: "GET", path: "/metrics", status: 200, headers: { accept: "application/json" } },
  { method: "GET", path: "/livez", status: 200 },
  { method: "GET", path: "/healthz", status: 200 },
  { method: "GET", path: "/readyz", status: 200 },
  { method: "GET", path: "/openapi.json", status: 200 },
  ...["/debug/pprof/profile", "/debug/pprof/heap"].flatMap((path) => [
    { method: "GET", path, status: 200, query: "?seconds=0.1" },
    {
      method: "GET",
      path,
      status: 200,
      query: "?seconds=0.1&format=devtools&thread=worker-0",
    },
    { method: "GET", path, status: 422, query: "?seconds=61" },
  ]),
];

async function start(): Promise<TestProxy> {
  const backend = await startBackend(() => ok());
  const source = sourceOf({
    backends: [
      { url: backend.url, id: "b0" },
      { url: "http://127.0.0.1:1", id: "b1" },
    ],
    pool: { healthCheck: { interval: "1s" } },
    top: { admin: { address: "127.0.0.1:0", token }, workers: 1 },
  });
  const reread = () => ({ ...source, ok: true, warnings: [], origins: new Map() }) as const;
  const proxy = await startConfigured({ ...source, reread });
  const client = await openClient(proxy.port);
  for (let turn = 0; turn < 4; turn++) await client.request(get());
  await proxy.recorded(4);
  return proxy;
}

async function call(proxy: TestProxy, { method, path, id, query, body, headers }: Call) {
  return await askAdmin(proxy.running, path.replace("{id}", id ?? "") + (query ?? ""), {
    method: method.toUpperCase() as "GET",
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function describedBy(proxy: TestProxy): Promise<OpenApi> {
  const { text } = await call(proxy, { method: "GET", path: "/openapi.json", status: 200 });
  return JSON.parse(text) as OpenApi;
}

/** A schema of the served document as something that judges values. */
function judge(document: OpenApi, schema: unknown): z.ZodType {
  const { schemas } = document.components as {
    readonly schemas: Readonly<Record<string, unknown>>;
  };
  const { $ref } = schema as { readonly $ref?: string };
  const found = $ref === undefined ? schema : schemas[$ref.split("/").at(-1) ?? ""];
  return z.fromJSONSchema(found as Parameters<typeof z.fromJSONSchema>[0]);
}

describe("the description of the admin API", () => {
  test("has every call, and every call is tried here", async () => {
    const { paths } = await describedBy(await start());
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      adminRoutes.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
    const tried = calls.filter(({ status }) => status < 300);
    const names = new Set(tried.map(({ method, path }) => `${method} ${path}`));
    expect(described.filter((name) => !names.has(name))).toEqual([]);
  });

  test("fits every real answer of a live balancer, and every body that it took", async () => {
    const proxy = await start();
    const document = await describedBy(proxy);
    for (const one of calls) {
      const { method, path, status, body } = one;
      const what = `${method} ${path} ${status}`;
      const answer = await call(proxy, one);
      expect([what, answer.status]).toEqual([what, status]);
      const operation = document.paths[path]?.[method.toLowerCase()] as Operation;
      const content = operation.responses[status]?.content ?? {};
      const type = String(answer.headers["content-type"]);
      expect(Object.keys(content)).toContain(type);
      const { schema } = content[type] ?? {};
      if (schema !== undefined) judge(document, schema).parse(JSON.parse(answer.text));
      const taken = operation.requestBody?.content["application/json"]?.schema;
      if (status < 300 && body !== undefined) judge(document, taken).parse(body);
    }
  });

  test("refuses every body that the description refuses, and changes nothing by it", async () => {
    const proxy = await start();
    const document = await describedBy(proxy);
    const bodies = [
      [],
      "text",
      5,
      { none: 1 },
      { state: 1 },
      { state: "down" },
      { state: "drain", reason: 5 },
      { state: "drain", reason: "x".repeat(201) },
      { state: "drain", note: "x" },
      { algorithm: 1 },
      { algorithm: "random", pool: 1 },
      { algorithm: "random", weights: [] },
      { pool: 1, url: "http://127.0.0.1:9" },
      { pool: "web", host: 1, port: 9 },
      { pool: "web", host: "127.0.0.1", port: "9" },
    ];
    let refused = 0;
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(operations)) {
        const schema = requestBody?.content["application/json"]?.schema;
        if (schema === undefined) continue;
        for (const body of bodies) {
          if (judge(document, schema).safeParse(body).success) continue;
          const { status } = await call(proxy, { method, path, id: server, status: 422, body });
          expect([method, path, body, status]).toEqual([method, path, body, 422]);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(40);
    expect(proxy.adminCalls.some(({ outcome }) => outcome === "done")).toBe(false);
    expect(proxy.healthChanges.some(({ to }) => to === "draining")).toBe(false);
  });

  test("tells an answer that lacks a field, or has one too many, from a right one", async () => {
    const proxy = await start();
    const document = await describedBy(proxy);
    const path = "/api/v1/servers/{id}";
    const described = document.paths[path]?.["get"]?.responses["200"];
    const { schema } = described?.content["application/json"] ?? {};
    const answer = await call(proxy, { method: "GET", path, id: server, status: 200 });
    const right = JSON.parse(answer.text) as Record<string, unknown>;
    const { weight, ...less } = right;
    const judged = [right, less, { ...right, more: 1 }, { ...right, weight: String(weight) }].map(
      (value) => judge(document, schema).safeParse(value).success,
    );
    expect(judged).toEqual([true, false, false, false]);
  });

  test("asks for the token everywhere but at the probes", async () => {
    const { paths } = await describedBy(await start());
    const open = Object.entries(paths).filter(([, operations]) =>
      Object.values(operations).some(({ security }) => security.length === 0),
    );
    expect(open.map(([path]) => path)).toEqual(["/livez", "/healthz", "/readyz"]);
  });

  test("is the reference page (if not: pnpm --filter @evenkeel/proxy admin-api)", async () => {
    const page = new URL("../../../docs/reference/admin-api.md", import.meta.url);
    expect(createAdminApiPage(adminRoutes)).toBe(readFileSync(page, "utf8"));
  });
});

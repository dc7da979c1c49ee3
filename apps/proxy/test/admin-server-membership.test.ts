import { describe, expect } from "vitest";
import { type AdminResponse, askAdmin, askHealth } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import {
  type ProxySettings,
  type TestProxy,
  get,
  startConfigured,
  sourceOf,
} from "./support/run-proxy.ts";
import { socketPath } from "./support/socket-path.ts";

type Body = Readonly<Record<string, unknown>>;

async function start(settings: ProxySettings = {}): Promise<TestProxy> {
  const backend = await startBackend(() => ok("old"));
  const all: ProxySettings = {
    ...settings,
    backends: [{ id: "old", url: backend.url }],
    top: { admin: "127.0.0.1:0", ...settings.top },
  };
  const source = sourceOf(all);
  const file = { ...source, ok: true, warnings: [], origins: new Map() } as const;
  return await startConfigured({ ...source, reread: () => file });
}

async function call(
  proxy: TestProxy,
  method: "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly answer: AdminResponse; readonly body: Body }> {
  const answer = await askAdmin(proxy.running, path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { answer, body: JSON.parse(answer.text) as Body };
}

async function answersOf(proxy: TestProxy, count: number): Promise<readonly string[]> {
  const client = await openClient(proxy.port);
  const bodies: string[] = [];
  for (let turn = 0; turn < count; turn++) bodies.push((await client.request(get())).body);
  return bodies.toSorted();
}

const servers = "/api/v1/servers";

describe("a server that is added", () => {
  test("serves, is shown, and is told to be in no file", async () => {
    const proxy = await start();
    const backend = await startBackend(() => ok("new"));
    const { answer, body } = await call(proxy, "POST", servers, { url: backend.url, id: "new" });
    expect([answer.status, answer.headers["location"], answer.headers["etag"]]).toEqual([
      201,
      "/api/v1/servers/web%2Fnew",
      '"2"',
    ]);
    expect(body).toMatchObject({
      id: "web/new",
      pool: "web",
      port: backend.port,
      weight: 1,
      active_connections: 0,
      note: expect.stringContaining("the next reload of the file undoes it") as string,
      changes: ["pools.web.backends: +new"],
    });
    expect(new Set(await answersOf(proxy, 60))).toEqual(new Set(["new", "old"]));
  });

  test("may listen on a unix socket, and is removed by the name it has then", async () => {
    const proxy = await start();
    const path = socketPath();
    await startBackend(() => ok("file"), path);
    const id = `web/unix:${path}`;
    const { answer, body } = await call(proxy, "POST", servers, { url: `unix:${path}` });
    expect([answer.status, answer.headers["location"]]).toEqual([
      201,
      `${servers}/${encodeURIComponent(id)}`,
    ]);
    expect(body).toMatchObject({ id, host: `unix:${path}`, port: null });
    expect(new Set(await answersOf(proxy, 60))).toEqual(new Set(["file", "old"]));
    const removed = await call(proxy, "DELETE", `${servers}/${encodeURIComponent(id)}`);
    expect(removed.answer.status).toBe(200);
    expect(new Set(await answersOf(proxy, 20))).toEqual(new Set(["old"]));
  });

  test("gets nothing before its first check has passed", async () => {
    const proxy = await start({
      pool: { healthCheck: { path: "/health", interval: "1h", timeout: "50s" } },
    });
    const backend = await startBackend();
    await call(proxy, "POST", servers, { host: "127.0.0.1", port: backend.port, id: "new" });
    const check = await backend.connection();
    expect((await check.request()).line).toContain("/health");
    expect(new Set(await answersOf(proxy, 10))).toEqual(new Set(["old"]));
    expect((await askHealth(proxy.running))[1]).toMatchObject({ id: "new", status: "unknown" });
    backend.answer = () => ok("new");
    check.send(ok());
    while (!(await answersOf(proxy, 4)).includes("new"));
  });

  test("is gone after a reload of the file", async () => {
    const proxy = await start();
    const backend = await startBackend(() => ok("new"));
    await call(proxy, "POST", servers, { url: backend.url, id: "new" });
    const { body } = await call(proxy, "POST", "/admin/reload");
    expect(body).toMatchObject({ generation: 3, changes: ["pools.web.backends: −new"] });
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["without an address", { id: "x" }, "url"],
    ["with an address twice", { url: "http://a", host: "a", port: 1 }, "expected"],
    ["with half an address", { host: "a" }, "expected"],
    ["for an unknown pool", { pool: "wbe", url: "http://a" }, 'did you mean "web"?'],
    ["for a pool like no other", { pool: "zzz", url: "http://a" }, "there are web"],
    ["with an unknown setting", { url: "http://a", wieght: 2 }, 'did you mean "weight"?'],
    ["with the id of another one", { url: "http://a", id: "old" }, "old"],
    ["that is a list", [], "expected"],
  ];
  for (const [what, body, said] of refused) {
    test(`${what} is refused, and nothing changes`, async () => {
      const proxy = await start();
      const { answer } = await call(proxy, "POST", servers, body);
      expect(answer.status).toBe(422);
      expect(answer.text.replaceAll('\\"', '"')).toContain(said);
      expect(await askHealth(proxy.running)).toHaveLength(1);
    });
  }
});

describe("a server that is removed", () => {
  test("gets nothing new, and what runs there finishes", async () => {
    const proxy = await start();
    const backend = await startBackend();
    const { running } = proxy;
    await reloaded(proxy, {
      backends: [{ id: "busy", url: backend.url }],
      top: { admin: "127.0.0.1:0" },
    });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    const spare = await startBackend(() => ok("spare"));
    await call(proxy, "POST", servers, { url: spare.url, id: "spare" });
    const { answer, body } = await call(proxy, "DELETE", `${servers}/web%2Fbusy`);
    expect(answer.status).toBe(200);
    expect(body).toMatchObject({
      id: "web/busy",
      active_connections: 1,
      note: expect.stringContaining("1 requests that run there finish") as string,
      changes: ["pools.web.backends: −busy"],
    });
    expect(new Set(await answersOf(proxy, 4))).toEqual(new Set(["spare"]));
    expect(running.inFlight()).toBe(1);
    connection.send(ok("done"));
    expect((await client.response()).body).toBe("done");
    await proxy.untilQuiet();
    expect((await call(proxy, "DELETE", `${servers}/web%2Fbusy`)).answer.status).toBe(404);
  });

  test("cannot be the last one", async () => {
    const { answer } = await call(await start(), "DELETE", `${servers}/web%2Fold`);
    expect([answer.status, answer.text]).toEqual([
      422,
      expect.stringContaining("a pool needs at least one backend"),
    ]);
  });

  test("stays when another generation is expected", async () => {
    const proxy = await start();
    const path = `${servers}/web%2Fold`;
    const { answer } = await call(proxy, "DELETE", path, undefined, { "if-match": '"7"' });
    expect([answer.status, answer.headers["etag"]]).toEqual([412, '"1"']);
  });
});

describe("a server's weight", () => {
  test("changes what it gets from the next request on", async () => {
    const proxy = await start({ pool: { strategy: "weighted-round-robin", slowStart: "off" } });
    const backend = await startBackend(() => ok("new"));
    await call(proxy, "POST", servers, { url: backend.url, id: "new", weight: 3 });
    expect((await answersOf(proxy, 8)).filter((body) => body === "new")).toHaveLength(6);
    const { answer, body } = await call(proxy, "PATCH", `${servers}/web%2Fold`, { weight: 3 });
    expect(answer.status).toBe(200);
    expect(body).toMatchObject({
      weight: 3,
      note: expect.stringContaining("the next reload of the file undoes it") as string,
    });
    expect((await answersOf(proxy, 8)).filter((text) => text === "new")).toHaveLength(4);
  });

  test("that the strategy would ignore is refused", async () => {
    const { answer } = await call(await start(), "PATCH", `${servers}/web%2Fold`, { weight: 3 });
    expect([answer.status, answer.text]).toEqual([
      422,
      expect.stringContaining("round-robin ignores the weight"),
    ]);
  });
});

import { createServer } from "node:net";
import { describe, expect } from "vitest";
import { createBalancer } from "../src/index.ts";
import { askAdmin, askHealth } from "./support/admin-client.ts";
import { atEnd, test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startTestProxy } from "./support/run-proxy.ts";
import { socketPath } from "./support/socket-path.ts";

const often = { interval: "50ms", fastInterval: "50ms", timeout: "2s" };

describe("a backend on a unix socket", () => {
  test("serves over kept connections, and record, health, servers and metrics name it", async () => {
    const backend = await startBackend(() => ok("from a file"), socketPath());
    const { url } = backend;
    const proxy = await startTestProxy({ backends: [url], top: { admin: "127.0.0.1:0" } });
    const client = await openClient(proxy.port);
    for (const target of ["/1", "/2"]) {
      expect((await client.request(get(target))).body).toBe("from a file");
    }
    expect(backend.connections).toHaveLength(1);
    expect(backend.requests[0]?.fields).toContainEqual(["Host", "a.test"]);
    expect((await proxy.recorded(2)).map((record) => record.backend)).toEqual([url, url]);
    expect((await askHealth(proxy.running))[0]).toMatchObject({ id: url, url });
    const id = encodeURIComponent(`web/${url}`);
    const server = await askAdmin(proxy.running, `/api/v1/servers/${id}`);
    expect(JSON.parse(server.text)).toMatchObject({ id: `web/${url}`, host: url, port: null });
    const { text } = await askAdmin(proxy.running, "/metrics");
    expect(text).toContain(`backend="${url}"`);
  });

  test("is told of a body and its end, and may switch protocols", async () => {
    const backend = await startBackend(null, socketPath());
    const proxy = await startTestProxy({ backends: [backend.url] });
    const client = await openClient(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    const connection = await backend.connection();
    expect((await connection.request()).body).toBe("body");
    connection.send(ok());
    await client.response();
    client.send(get("/", "Connection: upgrade\r\nUpgrade: echo\r\n"));
    await connection.request();
    connection.send("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello");
    await client.untilReceived("hello");
    client.send("back");
    await connection.untilReceived("back");
  });

  test.each([
    ["http", { ...often, path: "/health" }],
    ["tcp", { ...often, type: "tcp" }],
  ] as const)("is checked (%s): out when it goes, in when it comes", async (type, settings) => {
    const path = socketPath();
    const other = await startBackend(() => ok("other"));
    const limits = { unhealthyThreshold: 1, healthyThreshold: 1 };
    const proxy = await startTestProxy({
      backends: [`unix:${path}`, other.url],
      pool: { healthCheck: { ...settings, ...limits }, slowStart: "off" },
    });
    const verdicts = (): readonly string[] =>
      proxy.healthChanges.flatMap(({ backend, to }) => (backend.startsWith("unix:") ? [to] : []));
    await eventually("it is missed", () => verdicts().at(-1) === "unhealthy");
    expect(proxy.healthChanges.find(({ to }) => to === "unhealthy")?.reason).toBe(
      "its unix socket does not exist",
    );
    const backend = await startBackend(() => ok("here"), path);
    await eventually("it is found", () => verdicts().at(-1) === "healthy");
    const client = await openClient(proxy.port);
    const bodies = [await client.request(get()), await client.request(get())];
    expect(bodies.map(({ body }) => body).toSorted()).toEqual(["here", "other"]);
    if (type === "tcp") return;
    expect(backend.requests[0]?.line).toBe("GET /health HTTP/1.1");
    expect(backend.requests[0]?.fields).toContainEqual(["host", "localhost"]);
  });

  test("that is not there is a failed connect, so the request goes to another", async () => {
    const other = await startBackend(() => ok("other"));
    const proxy = await startTestProxy({ backends: [`unix:${socketPath()}`, other.url] });
    const client = await openClient(proxy.port);
    const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    expect((await client.request(post)).body).toBe("other");
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, attempts: 2 });
  });

  test("that nobody listens on any more is a refused connection", async () => {
    const proxy = await startTestProxy({ backends: [`unix:${socketPath()}`] });
    const client = await openClient(proxy.port);
    expect((await client.request(get())).line).toContain(" 502 ");
    expect((await proxy.recorded(1))[0]?.error).toBe("connection_refused");
  });

  test("serves a balancer in a program, under the name that it was given", async () => {
    const path = socketPath();
    const server = createServer((socket) => socket.once("data", () => socket.end(ok("lib"))));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    atEnd(() => void server.close());
    await using balancer = await createBalancer({
      listeners: [{}],
      pools: { web: { backends: [{ url: `unix:${path}`, id: "app" }], healthCheck: false } },
    });
    expect(await (await fetch(balancer.url)).text()).toBe("lib");
    expect(balancer.health().map(({ id }) => id)).toEqual(["app"]);
  });
});

import { describe, expect } from "vitest";
import { askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { type Message, status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const statusPath = "/lb-status";

async function start(listener: Readonly<Record<string, unknown>>): Promise<TestProxy> {
  const backend = await startBackend(() => ok("from the backend"));
  return await startTestProxy({
    backends: [{ url: backend.url, id: "b0" }, "http://127.0.0.1:1"],
    listener,
    top: { admin: "127.0.0.1:0" },
  });
}

async function ask({ port }: TestProxy, text: string): Promise<Message> {
  const kind = text.startsWith("HEAD") ? "bodyless-response" : "response";
  return await (await openClient(port)).request(text, kind);
}

describe("the status path of a listener", () => {
  for (const workers of [0, 2]) {
    test(`tells which backends get requests, as they are now (${workers} workers)`, async () => {
      const backend = await startBackend(() => ok());
      const refusing = `http://127.0.0.1:${await refusingPort()}`;
      const proxy = await startTestProxy({
        backends: [{ url: backend.url, id: "b0" }, refusing],
        listener: { statusPath },
        pool: { healthCheck: { interval: "50ms", fastInterval: "50ms", unhealthyThreshold: 1 } },
        top: { admin: "127.0.0.1:0", workers },
      });
      await eventually("both were checked", () => proxy.healthChanges.length === 2);
      const client = await openClient(proxy.port);
      const answer = await client.request(get(statusPath));
      const shown = (alive: boolean): unknown => ({
        backends: [
          { url: backend.url, alive },
          { url: refusing, alive: false },
        ],
      });
      expect(JSON.parse(answer.body)).toEqual(shown(true));
      expect([value(answer, "content-type"), value(answer, "cache-control")]).toEqual([
        "application/json",
        "no-store",
      ]);
      expect((await askAdmin(proxy.running, "/lb-status")).text).toBe(answer.body);
      proxy.running.setBackendState("web", "b0", "draining", "deploy 7");
      expect(JSON.parse((await client.request(get(`${statusPath}?now`))).body)).toEqual(
        shown(false),
      );
      expect(backend.requests.filter(({ line }) => line.includes(statusPath))).toEqual([]);
      expect((await proxy.recorded(2))[0]).toMatchObject({
        path: statusPath,
        status: 200,
        pool: null,
        backend: null,
        attempts: 0,
        error: null,
      });
    });
  }

  test("follows a reload, of the backends and of the path itself", async () => {
    const { url } = await startBackend(() => ok("from the backend"));
    const shown = (answer: Message): unknown =>
      (JSON.parse(answer.body) as { backends: { url: string }[] }).backends.map((one) => one.url);
    const proxy = await startTestProxy({ backends: [url], listener: { statusPath } });
    const client = await openClient(proxy.port);
    expect(shown(await client.request(get(statusPath)))).toEqual([url]);
    const backends = [url, "http://127.0.0.1:1"];
    await reloaded(proxy, { backends, listener: { statusPath } });
    expect(shown(await client.request(get(statusPath)))).toEqual(backends);
    await reloaded(proxy, { backends: backends.toReversed(), listener: { statusPath } });
    expect(shown(await client.request(get(statusPath)))).toEqual(backends.toReversed());
    await reloaded(proxy, { backends: [url], listener: { statusPath: "/elsewhere" } });
    expect((await client.request(get(statusPath))).body).toBe("from the backend");
    expect(shown(await client.request(get("/elsewhere")))).toEqual([url]);
    await reloaded(proxy, { backends: [url] });
    expect((await client.request(get("/elsewhere"))).body).toBe("from the backend");
  });

  test("takes HEAD, and no method that could change something", async () => {
    const proxy = await start({ statusPath });
    const full = await ask(proxy, get(statusPath));
    const head = await ask(proxy, `HEAD ${statusPath} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect([status(head), head.body]).toEqual([200, ""]);
    expect(value(head, "content-length")).toBe(String(full.body.length));
    for (const method of ["POST", "DELETE", "OPTIONS"]) {
      const answer = await ask(
        proxy,
        `${method} ${statusPath} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
      );
      expect([status(answer), value(answer, "allow")]).toEqual([405, "GET, HEAD"]);
      expect(JSON.parse(answer.body)).toMatchObject({ error: "http_request_error" });
    }
  });

  test("is that path only", async () => {
    const proxy = await start({ statusPath });
    for (const path of [
      "/lb-statuses",
      "/lb-status/",
      "/LB-STATUS",
      "/lb%2dstatus",
      "/a/lb-status",
    ])
      expect((await ask(proxy, get(path))).body).toBe("from the backend");
  });

  test("is a backend's where it is not configured", async () => {
    const proxy = await start({});
    expect((await ask(proxy, get(statusPath))).body).toBe("from the backend");
  });

  test("is for those whom the listener serves", async () => {
    const proxy = await start({ statusPath, deny: ["127.0.0.1"] });
    expect(status(await ask(proxy, get(statusPath)))).toBe(403);
  });

  test("reads no body that comes with it, and ends the connection", async () => {
    const proxy = await start({ statusPath });
    const client = await openClient(proxy.port);
    const head = `GET ${statusPath} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n`;
    const answer = await client.request(`${head}${"x".repeat(1_000)}`);
    expect([status(answer), value(answer, "connection")]).toEqual([200, "close"]);
    await client.untilEnded();
  });
});

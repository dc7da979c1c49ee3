import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../test/eventually.ts";
import { exchangeRaw, head, parseAnswer, RawClient } from "../test/raw-client.ts";
import { startForTest } from "../test/start-for-test.ts";
import { startBackend } from "./backend.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("names itself and counts on every response", async () => {
  const backend = await startForTest({ name: "Server-1" });
  await exchangeRaw(backend.port, head("GET", "/health"));
  const answer = await exchangeRaw(backend.port, head("GET", "/"));
  expect(answer.fields).toContain("X-Backend: Server-1");
  expect(answer.fields).toContain("X-Request-Count: 2");
  expect(JSON.parse(answer.body)).toEqual({ backend: "Server-1", requests: 2 });
});

test.each(["/no/such/path", "/healthy", "/bytes", "//", "/%65cho"])(
  "answers the unknown path %s as it answers /",
  async (path) => {
    const { port } = await startForTest();
    const answer = await exchangeRaw(port, head("GET", path));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ backend: "A", requests: 1 });
  },
);

test("is named after its port when nobody names it", async () => {
  const backend = await startBackend();
  expect(backend.name).toBe(`Server-${backend.port}`);
  expect(backend.url).toBe(`http://127.0.0.1:${backend.port}`);
  await backend.close();
});

test("rejects with EADDRINUSE when the port is taken", async () => {
  const { port } = await startForTest();
  await expect(startBackend({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("rejects a name that cannot be a header value", async () => {
  await expect(startBackend({ name: "a\r\nb" })).rejects.toThrow(TypeError);
});

test("lets an unfinished request finish before it closes", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
  await eventually(() => backend.stats().requests === 1);
  const closed = backend.close();
  client.send("y");
  await closed;
  const answer = parseAnswer(await client.takeAll());
  expect(answer.status).toBe(200);
  expect(answer.fields).toContain("Connection: close");
  expect(JSON.parse(answer.body)).toMatchObject({ body: "xy" });
});

test("closes idle connections when it closes, even those that never sent a byte", async () => {
  const backend = await startForTest();
  const silent = connect(backend.port, "127.0.0.1");
  const used = new RawClient(backend.port);
  used.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await used.take("}\n");
  await eventually(() => backend.stats().openConnections === 2);
  await Promise.all([backend.close(), once(silent.resume(), "close"), used.takeAll()]);
  expect(backend.stats().openConnections).toBe(0);
});

test("refuses connections once it is closed, and may be closed twice", async () => {
  const backend = await startForTest();
  await backend.close();
  await backend.close();
  const [error] = await once(connect(backend.port, "127.0.0.1"), "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
});

test("cuts a response in the middle when it is killed", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send(head("GET", "/stream?pieces=2&interval=3600000"));
  await client.take('"piece":1');
  await backend.kill();
  expect(await client.takeAll()).not.toContain("0\r\n");
  expect(backend.stats()).toMatchObject({ aborted: 0, openConnections: 0 });
  expect(backend.stats().byEnding).toMatchObject({ "closed-by-us": 1 });
});

test("answers 503 to everything but control routes after failAfterMs, until /recover", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { port } = await startForTest({ failAfterMs: 30_000 });
  const status = async (path: string): Promise<number> =>
    (await exchangeRaw(port, head("GET", path))).status;
  vi.advanceTimersByTime(29_999);
  expect([await status("/"), await status("/health")]).toEqual([200, 200]);
  vi.advanceTimersByTime(1);
  expect([await status("/"), await status("/echo"), await status("/x")]).toEqual([503, 503, 503]);
  expect([await status("/health"), await status("/__stats")]).toEqual([503, 200]);
  expect(await status("/recover")).toBe(200);
  expect([await status("/"), await status("/health")]).toEqual([200, 200]);
});

test("closes an idle connection after the keep-alive timeout", async () => {
  const { port } = await startForTest({ keepAliveTimeoutMs: 20 });
  const client = new RawClient(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(parseAnswer(await client.takeAll()).status).toBe(200);
});

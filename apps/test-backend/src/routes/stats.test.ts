import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";
import type { BackendStats } from "../backend-state.ts";

test("tells what the backend saw, this request included", async () => {
  const { port } = await startForTest();
  await exchangeRaw(port, head("GET", "/a?b=%2f", "X-Request-Id: one"));
  await exchangeRaw(port, head("POST", "/", "X-Request-Id: one", "Content-Length: 3") + "abc");
  await exchangeRaw(port, head("POST", "/", "X-Req-Id: two"));
  const { body } = await exchangeRaw(port, head("GET", "/__stats"));
  expect(JSON.parse(body)).toEqual({
    backend: "A",
    mode: "healthy",
    requests: 4,
    byMethod: { GET: 2, POST: 2 },
    byTarget: { "/a?b=%2f": 1, "/": 2, "/__stats": 1 },
    targetsForgotten: 0,
    byRequestId: { one: 2, two: 1 },
    requestIdsForgotten: 0,
    bodyBytes: 3,
    aborted: 0,
    byEnding: {
      answered: 3,
      "aborted-by-client": 0,
      "reset-by-us": 0,
      "closed-by-us": 0,
      hung: 0,
    },
    byFault: {},
    malformed: 0,
    connections: 4,
    openConnections: 1,
  } satisfies BackendStats);
});

test("counts an id once when both fields carry it, and both ids when they differ", async () => {
  const backend = await startForTest();
  await exchangeRaw(backend.port, head("GET", "/", "X-Request-Id: a", "X-Req-Id: a"));
  await exchangeRaw(backend.port, head("GET", "/", "X-Request-Id: b", "X-Req-Id: c"));
  expect(backend.stats().byRequestId).toEqual({ a: 1, b: 1, c: 1 });
});

test("counts a client that leaves in the middle of its upload as aborted", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send(head("POST", "/echo", "Content-Length: 10") + "abc");
  await eventually(() => backend.stats().bodyBytes === 3);
  client.socket.destroy();
  await eventually(() => backend.stats().aborted === 1);
  expect(backend.stats().requests).toBe(1);
});

test("does not count a finished response as aborted when the connection closes later", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take("}\n");
  client.socket.destroy();
  await eventually(() => backend.stats().openConnections === 0);
  expect(backend.stats().aborted).toBe(0);
});

test("remembers a bounded number of targets", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  for (let i = 0; i < 1030; i++) client.send(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
  client.send(head("GET", "/last"));
  await client.takeAll();
  const { byTarget, targetsForgotten } = backend.stats();
  expect([Object.keys(byTarget).length, targetsForgotten]).toEqual([1024, 7]);
});

import { expect, test } from "vitest";
import { eventually } from "../test/eventually.ts";
import { exchangeRaw, head, RawClient } from "../test/raw-client.ts";
import { startForTest } from "../test/start-for-test.ts";

test.each([
  ["garbage", "not http at all\r\n\r\n", 400],
  ["a header beyond 64 KiB", head("GET", "/", `X-Big: ${"x".repeat(70_000)}`), 431],
  ["a bad chunk size", head("POST", "/", "Transfer-Encoding: chunked") + "zz\r\n", 400],
  ["two framings", head("POST", "/", "Content-Length: 1", "Transfer-Encoding: chunked"), 400],
])("refuses %s in its own name", async (_, request, status) => {
  const backend = await startForTest();
  const answer = await exchangeRaw(backend.port, request);
  expect(answer.status).toBe(status);
  expect(answer.fields).toContain("X-Backend: A");
  expect(backend.stats().malformed).toBe(1);
});

test.each([
  ["no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
  ["two Hosts", head("GET", "/", "hOST: other")],
])("refuses %s with 400 and counts it as a request", async (_, request) => {
  const backend = await startForTest();
  const answer = await exchangeRaw(backend.port, request);
  expect(answer.status).toBe(400);
  expect(answer.fields).toContain("X-Request-Count: 1");
});

test("asks HTTP/1.0 for no Host", async () => {
  const { port } = await startForTest();
  expect((await exchangeRaw(port, "GET / HTTP/1.0\r\n\r\n")).status).toBe(200);
});

test("answers CONNECT with 501 and counts it", async () => {
  const backend = await startForTest();
  const answer = await exchangeRaw(backend.port, head("CONNECT", "example.test:443"));
  expect(answer.status).toBe(501);
  expect(answer.fields).toContain("X-Request-Count: 1");
  expect(backend.stats().byMethod).toEqual({ CONNECT: 1 });
});

test("answers a request with an unknown expectation as any other", async () => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, head("GET", "/", "Expect: miracles"));
  expect(answer.status).toBe(200);
});

test("does not write a refusal into a response that has begun", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("GET /stream?pieces=2&interval=3600000 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take('"piece":1');
  client.send("garbage\r\n\r\n");
  expect(await client.takeAll()).not.toContain("HTTP/1.1 400");
  await eventually(() => backend.stats().malformed === 1);
});

import { expect, test } from "vitest";
import { status } from "./support/message.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, post, startPair, startTestProxy } from "./support/run-proxy.ts";

test("answers pipelined requests in order although the first is the slowest", async () => {
  const slow = await startBackend();
  const fast = await startBackend(({ line }) => ok(line));
  const proxy = await startTestProxy({ backends: [slow.url, fast.url] });
  const client = await openClient(proxy.port);
  client.send(get("/1") + get("/2"));

  const connection = await slow.connection();
  expect((await connection.request()).line).toBe("GET /1 HTTP/1.1");
  connection.send(ok());
  expect((await client.response()).body).toBe("ok");
  expect((await client.response()).body).toBe("GET /2 HTTP/1.1");
});

test("does not ask for a pipelined request before the one in front of it is answered", async () => {
  const { proxy, backend } = await startPair();
  const client = await openClient(proxy.port);
  client.send(get("/1") + get("/2"));

  const connection = await backend.connection();
  await connection.untilReceived("GET /1");
  const other = await openClient(proxy.port);
  other.send(get("/other"));
  await (await backend.connection(1)).untilReceived("GET /other");
  expect(connection.received).not.toContain("/2");
  expect(backend.connections).toHaveLength(2);
});

test("does not take a response body for the response to the next pipelined request", async () => {
  const forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
  const { proxy } = await startPair({}, ({ line }) => ok(line.includes(" /1 ") ? forged : "real"));
  const client = await openClient(proxy.port);
  client.send(get("/1") + get("/2"));

  expect((await client.response()).body).toBe(forged);
  expect((await client.response()).body).toBe("real");
});

test("does not let a pipelining client spoil the response of another client", async () => {
  const { proxy } = await startPair({}, ({ line }) => (line.includes("/2") ? null : ok("body")));
  const pipelining = await openClient(proxy.port);
  const other = await openClient(proxy.port);
  pipelining.send(get("/1") + get("/2"));
  expect((await pipelining.response()).body).toBe("body");

  expect((await other.request(get("/other"))).line).toBe("HTTP/1.1 200 OK");
});

test("keeps fifty pipelined responses with bodies in order", async () => {
  const { proxy, backend } = await startPair({}, ({ line }) => ok(line.split(" ")[1]));
  const client = await openClient(proxy.port);
  const targets = Array.from({ length: 50 }, (_, index) => `/${index}`);
  client.send(targets.map((target) => get(target)).join(""));

  const seen: [number, string][] = [];
  for (const _ of targets) {
    const response = await client.response();
    seen.push([status(response), response.body]);
  }
  expect(seen).toEqual(targets.map((target) => [200, target]));
  expect(backend.requests).toHaveLength(50);
});

test("keeps two hundred pipelined responses of our own in order", async () => {
  const settings = { routes: [{ path: "/known", pool: "web" }] };
  const { proxy } = await startPair({ top: settings }, () => ok("", "X-From: backend\r\n"));
  const client = await openClient(proxy.port);
  const targets = Array.from({ length: 200 }, (_, index) => (index % 2 ? "/known" : "/unknown"));
  client.send(targets.map((target) => get(target)).join(""));

  const seen: number[] = [];
  for (const _ of targets) seen.push(status(await client.response()));
  expect(seen).toEqual(targets.map((target) => (target === "/known" ? 200 : 404)));
});

test("serves no request behind one that says Connection: close", async () => {
  const { proxy, backend } = await startPair({}, () => ok(""));
  const client = await openClient(proxy.port);
  client.send(get("/1", "Connection: close\r\n") + get("/2") + get("/3"));

  const response = await client.response();
  expect(response.head).toContain("\r\nConnection: close\r\n");
  await client.untilEnded();
  expect(client.received).toBe("");
  expect(backend.requests.map(({ line }) => line)).toEqual(["GET /1 HTTP/1.1"]);
});

test("reads the request that follows a body in the same packet", async () => {
  const { proxy } = await startPair({}, ({ body, line }) => ok("", `X-Saw: ${line}:${body}\r\n`));
  const client = await openClient(proxy.port);
  client.send(post("first body") + get("/second"));

  expect((await client.response()).head).toContain("X-Saw: POST / HTTP/1.1:first body\r\n");
  expect((await client.response()).head).toContain("X-Saw: GET /second HTTP/1.1:\r\n");
});

test("stops asking backends for a pipelining client that reads no response", async () => {
  const size = 32 * 1024;
  const requests = 2_000;
  const listener = { limits: { requestsPerConnection: 0 } };
  const { proxy, backend } = await startPair({ listener }, () => ok("x".repeat(size)));
  const client = await openClient(proxy.port, { reads: false });
  client.send(get("/").repeat(requests));

  // Everything the proxy could be tempted to do for it happens before this other client is served.
  const other = await openClient(proxy.port);
  for (let turn = 0; turn < requests; turn++) await other.request(get("/other"));
  const forStalled = backend.requests.filter(({ line }) => line === "GET / HTTP/1.1").length;
  expect(forStalled * size).toBeLessThan(16 * 1024 * 1024);
});

test("goes on where it stopped when it finds a client slow in the middle of its next head", async () => {
  const listener = { limits: { requestsPerConnection: 0 } };
  const { proxy, backend } = await startPair({ listener }, () => ok("x".repeat(8_000)));
  const client = await openClient(proxy.port, { reads: false });
  client.keepsBytes = false;
  const other = await openClient(proxy.port);
  const asked = (): number =>
    backend.requests.filter(({ line }) => line === "GET / HTTP/1.1").length;
  const half = get("/").length / 2;
  const [head, tail] = [get("/").slice(0, half), get("/").slice(half)];

  let sent = 0;
  client.send(head);
  // Until the responses that it does not read stop the proxy: then the last tail waits there unread.
  while (asked() === sent) {
    client.send(tail + head);
    sent++;
    for (let turn = 0; turn < 50 && asked() < sent; turn++) await other.request(get("/other"));
  }
  client.read();

  const length = (await other.request(get("/other"))).size;
  await client.until("all is read", () => client.receivedBytes >= sent * length);
  expect(client.receivedBytes).toBe(sent * length);
});

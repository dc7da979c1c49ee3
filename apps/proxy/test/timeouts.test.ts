import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { startDeafBackend } from "./support/deaf-backend.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair, startTestProxy } from "./support/run-proxy.ts";

const MiB = 1024 * 1024;
/** Makes a response fill buffers without a body. */
const filler = `X-Filler: ${"x".repeat(12_000)}\r\n`;
const uploadHead = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";

describe("a backend that takes too long", () => {
  test("to accept the connection loses the request to another one, any method", async () => {
    const deaf = `http://127.0.0.1:${await startDeafBackend()}`;
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({
      backends: [deaf, backend.url],
      pool: { timeouts: { connect: "200ms" } },
    });
    const client = await openClient(proxy.port);
    const response = await client.request("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(response.body).toBe("ok");
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, attempts: 2 });
  });

  test("to accept the connection is a 504 when it is the only one", async () => {
    const deaf = `http://127.0.0.1:${await startDeafBackend()}`;
    const proxy = await startTestProxy({
      backends: [deaf],
      pool: { timeouts: { connect: "200ms" }, retry: { maxRetries: 0 } },
    });
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.line).toBe("HTTP/1.1 504 Gateway Timeout");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=connection_timeout");
    expect(proxy.running.inFlight()).toBe(0);
  });

  test.each([
    ["answers half a head", "HTTP/1.1 200 OK\r\nContent-"],
    ["answers only interim responses", "HTTP/1.1 102 Processing\r\n\r\n"],
  ])("to answer is a 504 and is not asked again (%s)", async (_, answer) => {
    const other = await startBackend(() => ok());
    const slow = await startBackend((_request, connection) => {
      connection.send(answer);
      return null;
    });
    const proxy = await startTestProxy({
      backends: [slow.url, other.url],
      pool: { timeouts: { response: "200ms" } },
    });
    const client = await openClient(proxy.port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    const response = await client.response();
    expect(response.line).toBe("HTTP/1.1 504 Gateway Timeout");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_response_timeout");
    await slow.connections[0]?.untilEnded();
    expect(other.connections).toHaveLength(0);
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 504,
      attempts: 1,
      error: "http_response_timeout",
    });
  });

  test("inside a body is cut off, and the client can see it", async () => {
    const { proxy, backend } = await startPair({ pool: { timeouts: { idle: "200ms" } } });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    await client.untilClosed();
    expect(client.errorCode).toBe("ECONNRESET");
    await connection.untilEnded();
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 200,
      error: "http_response_timeout",
    });
  });

  test("is not one whose response starts while the upload is still running", async () => {
    const { proxy, backend } = await startPair({
      pool: { timeouts: { response: "200ms", idle: "10s" } },
    });
    const client = await openClient(proxy.port);
    client.send(`${uploadHead}hello`);
    const connection = await backend.connection();
    await connection.untilReceived("hello");
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo");
    await client.untilReceived("\r\n\r\nbo");
    client.send("world");
    await connection.untilReceived("world");
    const clock = await openClient(proxy.port);
    clock.send(get("/never"));
    expect((await clock.response()).line).toBe("HTTP/1.1 504 Gateway Timeout");
    connection.send("dy");
    expect((await client.response()).body).toBe("body");
  });
});

describe("a client that takes too long", () => {
  test("with its head gets 408 and is closed", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { header: "200ms" } } });
    const client = await openClient(proxy.port);
    const response = await client.request("GET / HTTP/1.1\r\nHost: a\r\nX-Slow:");
    expect(response.line).toBe("HTTP/1.1 408 Request Timeout");
    expect(value(response, "connection")).toBe("close");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_request_timeout");
    await client.untilEnded();
    expect(backend.connections).toHaveLength(0);
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 408,
      error: "http_request_timeout",
      pool: null,
      backend: null,
      attempts: 0,
    });
  });

  test("with its head is not helped by sending it byte by byte", async () => {
    const { proxy } = await startPair({ listener: { timeouts: { header: "300ms" } } });
    const client = await openClient(proxy.port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    const drip = setInterval(() => client.send("x"), 20);
    const response = await client.response();
    clearInterval(drip);
    expect(response.line).toBe("HTTP/1.1 408 Request Timeout");
  });

  test("with its second head gets 408 too", async () => {
    const { proxy } = await startPair({ listener: { timeouts: { header: "200ms" } } }, () => ok());
    const client = await openClient(proxy.port);
    await client.request(get());
    expect((await client.request("GET /")).line).toBe("HTTP/1.1 408 Request Timeout");
  });

  test("to send anything is closed without a word", async () => {
    const { proxy } = await startPair({ listener: { timeouts: { header: "200ms" } } });
    const client = await openClient(proxy.port);
    await client.untilEnded();
    expect(client.receivedBytes).toBe(0);
    expect(proxy.records()).toEqual([]);
  });

  test("between two requests is closed without a word", async () => {
    const { proxy } = await startPair({ listener: { timeouts: { keepAlive: "200ms" } } }, () =>
      ok(),
    );
    const client = await openClient(proxy.port);
    await client.request(get());
    await client.untilEnded();
    expect(client.received).toBe("");
    expect(client.errorCode).toBeNull();
    expect(await proxy.recorded(1)).toHaveLength(1);
  });

  test("with its body gets 408, and the backend's connection ends", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { body: "200ms" } } });
    const client = await openClient(proxy.port);
    client.send(`${uploadHead}hello`);
    const connection = await backend.connection();
    const response = await client.response();
    expect(response.line).toBe("HTTP/1.1 408 Request Timeout");
    expect(value(response, "connection")).toBe("close");
    await connection.untilEnded();
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 408,
      error: "http_request_timeout",
      bytes_in: 5,
    });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is not blamed on the backend after the backend caught up", async () => {
    const { proxy, backend } = await startPair({
      pool: { timeouts: { idle: "2s", response: "700ms" } },
    });
    const client = await openClient(proxy.port);
    const size = 32 * MiB;
    client.send(`POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: ${size + 5}\r\n\r\n`);
    const connection = await backend.connection();
    await connection.head();
    connection.keepsBytes = false;
    connection.socket.pause();
    backend.answer = ({ line }) => (line.includes("/other") ? ok() : null);
    client.send(Buffer.alloc(size));
    const other = await openClient(proxy.port);
    await untilStalled(client, other);
    connection.socket.resume();
    await connection.until("the backend caught up", () => connection.receivedBytes >= size);
    // Now the client pauses for longer than timeouts.idle, three response timeouts of somebody else.
    for (let turn = 0; turn < 3; turn++) {
      expect((await other.request(get("/never"))).line).toBe("HTTP/1.1 504 Gateway Timeout");
    }
    client.send("final");
    await connection.until("the end arrives", () => connection.receivedBytes >= size + 5);
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
  });

  test("to read its response is cut off, and the backend with it", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { send: "300ms" } } }, () =>
      ok("x".repeat(32 * MiB)),
    );
    const client = await openClient(proxy.port, { reads: false });
    client.send(get());
    await (await backend.connection()).untilClosed();
    await proxy.untilQuiet();
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, error: "client_aborted" });
    client.keepsBytes = false;
    client.read();
    await client.untilEnded();
    expect(client.receivedBytes).toBeLessThan(32 * MiB);
  });

  test("to read a response that ends with the connection can see that it was cut off", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { send: "300ms" } } });
    const client = await openClient(proxy.port, { reads: false });
    client.send("GET / HTTP/1.0\r\n\r\n");
    const connection = await backend.connection();
    await connection.request();
    connection.send(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(32 * MiB)}`);
    await connection.untilClosed();
    client.keepsBytes = false;
    client.read();
    await client.untilEnded();
    expect(client.errorCode).toBe("ECONNRESET");
  });

  test("to read its response is cut off although an earlier one filled its buffers", async () => {
    const { proxy, backend } = await startPair(
      { listener: { timeouts: { send: "300ms" }, limits: { requestsPerConnection: 0 } } },
      ({ line }) => ok(line.includes("/last") ? "x".repeat(8 * MiB) : "", filler),
    );
    const client = await openClient(proxy.port, { reads: false });
    client.send(get("/").repeat(1_000) + get("/last"));
    await backend.connection();
    // It reads nothing, so only a write that is answered with a reset shows that it was given up.
    await eventually("it is cut off", () => {
      client.send("\r\n");
      return client.errorCode !== null;
    });
    await proxy.untilQuiet();
    for (const { received } of backend.openConnections) expect(received).toBe("");
  });

  test("is not one that reads slowly but steadily", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { send: "1s" } } });
    const client = await openClient(proxy.port, { reads: false });
    client.send(get("/big"));
    const size = 16 * MiB;
    const connection = await backend.connection();
    await connection.request();
    backend.answer = () => ok();
    connection.send(ok("x".repeat(size)));
    client.keepsBytes = false;
    const clock = await openClient(proxy.port);
    for (let turn = 0; turn < 5; turn++) {
      client.socket.removeAllListeners("data");
      client.read().socket.resume();
      const before = client.receivedBytes;
      await client.until("a little more", () => client.receivedBytes > before + 2 * MiB);
      client.socket.pause();
      await pass(clock, proxy);
    }
    client.socket.resume();
    await client.until("all arrived", () => client.receivedBytes > size);
  });
});

/** A few hundred milliseconds: as long as the proxy waits for a request that `clock` never gets. */
async function pass(clock: RawClient, proxy: TestProxy): Promise<void> {
  const until = performance.now() + 300;
  while (performance.now() < until) {
    await clock.request(get(`/${proxy.port}`));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Until nothing of what this client sends moves while another is served fifty times. */
async function untilStalled(client: RawClient, other: RawClient): Promise<void> {
  for (let quiet = 0, last = -1; quiet < 50; quiet++) {
    await other.request(get("/other"));
    const left = client.socket.writableLength;
    if (left !== last) quiet = 0;
    last = left;
  }
}

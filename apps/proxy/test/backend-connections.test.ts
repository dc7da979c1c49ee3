import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { type BackendConnection, ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair, startTestProxy } from "./support/run-proxy.ts";

/** That many requests which are at the backend at the same time. */
async function inParallel(
  proxy: TestProxy,
  connectionAt: (index: number) => Promise<BackendConnection>,
  count: number,
): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (let index = 0; index < count; index++) {
    const client = await openClient(proxy.port);
    client.send(get());
    await (await connectionAt(index)).request();
    clients.push(client);
  }
  return clients;
}

describe("a kept backend connection", () => {
  test("serves the requests of many clients one after the other", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    for (let turn = 0; turn < 20; turn++) {
      const client = await openClient(proxy.port);
      expect((await client.request(get())).body).toBe("ok");
    }
    expect(backend.connections).toHaveLength(1);
    expect(backend.requests).toHaveLength(20);
  });

  test("is the one that was used last", async () => {
    const { proxy, backend } = await startPair();
    const clients = await inParallel(proxy, (index) => backend.connection(index), 3);
    for (const index of [2, 0, 1]) {
      backend.connections[index]?.send(ok());
      await clients[index]?.response();
    }
    clients[0]?.send(get("/again"));
    await backend.connections[1]?.untilReceived("GET /again");
    expect(backend.connections).toHaveLength(3);
  });

  test("is closed after connections.idleTimeout", async () => {
    const { proxy, backend } = await startPair(
      { pool: { connections: { idleTimeout: "200ms" } } },
      () => ok(),
    );
    const client = await openClient(proxy.port);
    await client.request(get());
    await (await backend.connection()).untilEnded();
    expect((await client.request(get())).body).toBe("ok");
    expect(backend.connections).toHaveLength(2);
  });

  test("beyond poolSize is closed after a second in which nobody needed it", async () => {
    const { proxy, backend } = await startPair({ pool: { connections: { poolSize: 2 } } });
    const clients = await inParallel(proxy, (index) => backend.connection(index), 5);
    for (const connection of backend.connections) connection.send(ok());
    for (const client of clients) await client.response();

    expect(backend.openConnections).toHaveLength(5);
    await eventually("three are closed", () => backend.openConnections.length <= 2);
    expect(backend.openConnections).toHaveLength(2);
  });

  test("stays within poolSize 10 unless the configuration says otherwise", async () => {
    const { proxy, backend } = await startPair();
    const clients = await inParallel(proxy, (index) => backend.connection(index), 12);
    for (const connection of backend.connections) connection.send(ok());
    for (const client of clients) await client.response();

    await eventually("two are closed", () => backend.openConnections.length <= 10);
    expect(backend.openConnections).toHaveLength(10);
  });

  test("is given up when the backend closes it, and nobody notices", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request(get());
    const first = await backend.connection();
    first.end();
    await first.untilClosed();

    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`);
    expect((await client.response()).body).toBe("ok");
    expect(backend.connections).toHaveLength(2);
  });

  test("is given up when the backend closes it in the turn in which a request arrives", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 50; turn++) {
      await client.request(get());
      backend.connections.at(-1)?.end();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`);
      expect((await client.response()).line).toBe("HTTP/1.1 200 OK");
    }
  });
});

describe("a backend connection is not used again", () => {
  test.each([
    ["after Connection: close", ok("ok", "Connection: close\r\n")],
    ["after Connection: close in another case", ok("ok", "connection: x, CLOSE\r\n")],
    ["after an HTTP/1.0 response", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    ["after bytes behind the response", `${ok()}EXTRA`],
    ["after a second response nobody asked for", ok() + ok("poison")],
    ["after content behind a 204", "HTTP/1.1 204 No Content\r\n\r\nabc"],
    ["after content behind a 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc"],
  ])("%s, and the client's connection stays", async (_, answer) => {
    const { proxy, backend } = await startPair({}, ({ line }) =>
      line.includes("/second") ? ok("second") : answer,
    );
    const client = await openClient(proxy.port);
    await client.request(get("/first"));
    const second = await client.request(get("/second"));
    expect(second.body).toBe("second");
    expect(client.received).toBe("");
    expect(backend.connections).toHaveLength(2);
    await backend.connections[0]?.untilEnded();
  });

  test("after a byte arrived on it while it was idle", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request(get());
    const first = await backend.connection();
    first.send(ok("poison"));
    await first.untilEnded();
    expect((await client.request(get())).body).toBe("ok");
    expect(backend.connections).toHaveLength(2);
  });

  test("when a response nobody asked for arrives together with the next request", async () => {
    const { proxy, backend } = await startPair({}, ({ line }) => ok(line));
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 50; turn++) {
      await client.request(get("/keep"));
      backend.connections.at(-1)?.send(ok("poison"));
      expect((await client.request(get(`/${turn}`))).body).toBe(`GET /${turn} HTTP/1.1`);
    }
  });

  test("when poolSize is 0, but for a second", async () => {
    const { proxy, backend } = await startPair({ pool: { connections: { poolSize: 0 } } }, () =>
      ok(),
    );
    const client = await openClient(proxy.port);
    await client.request(get());
    await (await backend.connection()).untilEnded();
    expect(backend.openConnections).toHaveLength(0);
  });
});

test("an HTTP/1.0 backend that says keep-alive keeps its connection", async () => {
  const answer = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok";
  const { proxy, backend } = await startPair({}, () => answer);
  const client = await openClient(proxy.port);
  await client.request(get());
  await client.request(get());
  expect(backend.connections).toHaveLength(1);
});

test("each backend of a pool has its own connections", async () => {
  const backends = [await startBackend(() => ok("a")), await startBackend(() => ok("b"))];
  const proxy = await startTestProxy({ backends: backends.map(({ url }) => url) });
  const client = await openClient(proxy.port);
  const bodies: string[] = [];
  for (let turn = 0; turn < 6; turn++) bodies.push((await client.request(get())).body);
  expect(bodies).toEqual(["a", "b", "a", "b", "a", "b"]);
  expect(backends.map(({ connections }) => connections.length)).toEqual([1, 1]);
});

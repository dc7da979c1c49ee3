import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";
import { openTunnel, switching, upgrade } from "./support/tunnel.ts";

const MiB = 1024 * 1024;

describe("a tunnel whose client", () => {
  test("sends FIN brings all of it to the backend, whose rest comes back before both close", async () => {
    const { proxy, client, connection } = await openTunnel();
    client
      .send("x".repeat(3 * MiB))
      .send("last words")
      .end();
    await connection.untilReceived("last words");
    await connection.untilEnded();
    expect(connection.received).toHaveLength(3 * MiB + 10);
    expect(client.isEnded).toBe(false);
    client.keepsBytes = false;
    connection.send(Buffer.alloc(3 * MiB)).end();
    await client.untilEnded();
    expect(client.receivedBytes).toBeGreaterThanOrEqual(3 * MiB);
    await client.untilClosed();
    expect(client.errorCode).toBeNull();
    await connection.untilClosed();
    expect(connection.errorCode).toBeNull();
    expect(proxy.running.inFlight()).toBe(0);
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 101, error: null, attempts: 1, bytes_in: 3 * MiB + 10, bytes_out: 3 * MiB },
    ]);
  });

  test("has sent FIN before the 101 gets everything that the backend says", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upgrade()}all that it has to say`).end();
    const connection = await backend.connection();
    await connection.head();
    connection.send(switching());
    await connection.untilReceived("all that it has to say");
    await connection.untilEnded();
    connection.send("answer").end();
    await client.untilEnded();
    expect(client.received.endsWith("\r\n\r\nanswer")).toBe(true);
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101, error: null }]);
  });

  test("resets it is over for the backend, and nothing stays in flight", async () => {
    const { proxy, client, connection } = await openTunnel();
    client.send("hello");
    await connection.untilReceived("hello");
    client.reset();
    await connection.untilEnded();
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 101, error: "client_aborted", bytes_in: 5, bytes_out: 0 },
    ]);
    expect(proxy.records()).toHaveLength(1);
  });

  test("leaves, and the backend goes on talking, is over after the first reset", async () => {
    const { proxy, client, connection } = await openTunnel();
    client.socket.destroy();
    const talking = setInterval(() => connection.send("are you there? "), 5);
    await connection.untilClosed();
    clearInterval(talking);
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101 }]);
  });
});

describe("a tunnel whose backend", () => {
  test("sends FIN brings all of it to the client before both close", async () => {
    const { proxy, client, connection } = await openTunnel();
    client.send("question");
    await connection.untilReceived("question");
    client.keepsBytes = false;
    const before = client.receivedBytes;
    connection.send(Buffer.alloc(3 * MiB)).end();
    await client.untilEnded();
    expect(client.receivedBytes - before).toBe(3 * MiB);
    expect(client.errorCode).toBeNull();
    await connection.untilClosed();
    client.end();
    await client.untilClosed();
    expect(proxy.running.inFlight()).toBe(0);
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 101, error: null, bytes_in: 8, bytes_out: 3 * MiB },
    ]);
  });

  test("sends FIN to a client that reads slowly is not cut short", async () => {
    const { proxy, client, connection } = await openTunnel();
    client.socket.pause();
    client.keepsBytes = false;
    const before = client.receivedBytes;
    connection.send(Buffer.alloc(16 * MiB)).end();
    const other = await openClient(proxy.port);
    for (let turn = 0; turn < 50; turn++)
      await other.request("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
    expect(proxy.running.inFlight()).toBe(1);
    client.socket.resume();
    await client.untilEnded();
    expect(client.receivedBytes - before).toBe(16 * MiB);
  });

  test("sends FIN in the packet of the 101 is over with all that was said", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(upgrade());
    const connection = await backend.connection();
    await connection.head();
    connection.send(`${switching()}bye`).end();
    await client.untilEnded();
    expect(client.received.endsWith("\r\n\r\nbye")).toBe(true);
    await connection.untilClosed();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101, error: null, bytes_out: 3 }]);
  });

  test("resets it is over for the client, and nothing stays in flight", async () => {
    const { proxy, client, connection } = await openTunnel();
    connection.send("hello");
    await client.untilReceived("hello");
    connection.reset();
    await client.untilEnded();
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101, bytes_in: 0, bytes_out: 5 }]);
    expect(proxy.records()).toHaveLength(1);
  });

  test("has gone is never used for another request", async () => {
    const { proxy, backend, client, connection } = await openTunnel();
    connection.send("bye").end();
    await client.untilEnded();
    const other = await openClient(proxy.port);
    other.send(get("/other"));
    const second = await backend.connection(1);
    await second.request();
    second.send(ok("other"));
    expect((await other.response()).body).toBe("other");
    expect(connection.received).toBe("");
  });
});

describe("timeouts.tunnel", () => {
  const brief = { pool: { timeouts: { tunnel: "300ms" } } };

  test("ends both sides of a silent tunnel", async () => {
    const { proxy, client, connection } = await openTunnel(brief);
    await connection.untilEnded();
    await client.untilEnded();
    expect(client.received).toBe("");
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101, bytes_in: 0, bytes_out: 0 }]);
  });

  test.each([
    ["client", "backend"],
    ["backend", "client"],
  ])("does not run while the %s speaks and the %s is silent", async (side) => {
    // Where this thread stood still for long, nobody spoke, and the proxy was right to end the tunnel.
    let spoken = await speakBesideSilentTunnels(side);
    while (spoken.longestPauseMs > 150) spoken = await speakBesideSilentTunnels(side);
    expect(spoken.isEnded).toBe(false);
  });

  /** One side speaks every 20 ms while three silent tunnels, one after the other, live and end. */
  async function speakBesideSilentTunnels(
    side: string,
  ): Promise<{ readonly longestPauseMs: number; readonly isEnded: boolean }> {
    const { proxy, backend, client, connection } = await openTunnel(brief);
    backend.answer = ({ line }) => (line.includes("/silent") ? switching() : null);
    const [from, to] = side === "client" ? [client, connection] : [connection, client];
    let sent = "";
    let spokeAt = performance.now();
    let longestPauseMs = 0;
    const speaking = setInterval(() => {
      longestPauseMs = Math.max(longestPauseMs, performance.now() - spokeAt);
      spokeAt = performance.now();
      sent += "x";
      from.send("x");
    }, 20);
    for (let turn = 0; turn < 3; turn++) {
      const silent = await openClient(proxy.port);
      silent.send(upgrade("/silent"));
      await silent.untilEnded();
    }
    clearInterval(speaking);
    await to.until("all arrived, or it ended", () => to.received.endsWith(sent) || to.isEnded);
    return { longestPauseMs, isEnded: client.isEnded || connection.isEnded };
  }

  test("does not use the response's timeouts: a tunnel outlives them", async () => {
    const { proxy, client, connection } = await openTunnel({
      pool: { timeouts: { response: "100ms", idle: "100ms" } },
      listener: { timeouts: { header: "300ms", keepAlive: "300ms", body: "100ms", send: "100ms" } },
    });
    const clock = await openClient(proxy.port);
    await clock.untilEnded();
    client.send("still");
    await connection.untilReceived("still");
    connection.send("here");
    await client.untilReceived("here");
  });
});

describe("a tunnel", () => {
  test("counts as in flight for all its life, and is recorded at its end only", async () => {
    const { proxy, client, connection } = await openTunnel();
    for (let turn = 0; turn < 20; turn++) {
      client.send("ping");
      await connection.untilReceived("ping");
      connection.takeReceived();
      connection.send("pong");
      await client.untilReceived("pong");
      client.takeReceived();
      expect(proxy.running.inFlight()).toBe(1);
    }
    const other = await openClient(proxy.port);
    await other.request(
      get("/none", "Via: 1.1 x\r\nMax-Forwards: 0\r\n").replace("GET /none", "OPTIONS *"),
    );
    await proxy.recorded(1);
    expect(proxy.records().map(({ method }) => method)).toEqual(["OPTIONS"]);
    connection.end();
    await client.untilEnded();
    expect((await proxy.recorded(2))[1]).toMatchObject({
      method: "GET",
      path: "/tunnel",
      status: 101,
      pool: "web",
      attempts: 1,
      bytes_in: 80,
      bytes_out: 80,
      error: null,
    });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("that has nothing to say is ended by stop() at shutdown.timeout", async () => {
    const { proxy, client, connection } = await openTunnel({
      top: { shutdown: { timeout: "300ms" } },
    });
    expect(await proxy.stop()).toEqual({ isClean: false });
    await client.untilEnded();
    await connection.untilEnded();
    expect(proxy.running.inFlight()).toBe(0);
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101 }]);
  });

  test("goes on while the proxy drains and lets it end clean", async () => {
    const { proxy, client, connection } = await openTunnel({
      top: { shutdown: { timeout: "20s" } },
    });
    const stopped = proxy.stop();
    client.send("goodbye");
    await connection.untilReceived("goodbye");
    connection.send("farewell").end();
    await client.untilReceived("farewell");
    client.end();
    expect(await stopped).toEqual({ isClean: true });
  });

  test("of two workers is ended by stop() at shutdown.timeout", async () => {
    const { proxy, client, connection } = await openTunnel({
      top: { workers: 2, shutdown: { timeout: "300ms" } },
    });
    expect(await proxy.stop()).toEqual({ isClean: false });
    await client.untilEnded();
    await connection.untilEnded();
    expect(proxy.records()).toMatchObject([{ status: 101 }]);
    expect(proxy.crashes).toEqual([]);
  });
});

test("two hundred tunnels that end in every way leave nothing in flight", async () => {
  const { proxy, backend } = await startPair();
  for (let turn = 0; turn < 200; turn++) {
    const client = await openClient(proxy.port);
    client.send(upgrade());
    const connection = await backend.connection(turn);
    await connection.head();
    connection.send(`${switching()}hello`);
    if (turn % 5 > 0) await client.untilReceived("hello");
    const ends = [
      () => client.reset(),
      () => connection.reset(),
      () => client.end(),
      () => connection.end(),
      () => client.send("x".repeat(100_000)).reset(),
    ];
    ends[(turn * 7) % ends.length]?.();
    if (turn % 2 === 0) connection.end();
    if (turn % 3 === 0) client.end();
  }
  for (const connection of backend.connections) connection.end();
  await proxy.untilQuiet();
  const records = await proxy.recorded(200);
  expect(records).toHaveLength(200);
  expect(records.every(({ status }) => status === 101 || status === 499)).toBe(true);
});

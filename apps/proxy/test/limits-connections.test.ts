import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair } from "./support/run-proxy.ts";
import { switching, upgrade } from "./support/tunnel.ts";

const limit = (connections: number): { readonly listener: Readonly<Record<string, unknown>> } => ({
  listener: { limits: { connections, requestsPerConnection: 0 } },
});

/** Clients that the proxy counts: each has been served once. */
async function serve(proxy: TestProxy, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (let index = 0; index < count; index++) {
    const client = await openClient(proxy.port);
    expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    clients.push(client);
  }
  return clients;
}

/** Asks with new connections until one of them is served. */
async function untilRoom(proxy: TestProxy): Promise<RawClient> {
  for (;;) {
    const client = await openClient(proxy.port);
    client.send(get());
    await client.until("an answer or an end", () => client.received !== "" || client.isClosed);
    if (client.received.startsWith("HTTP/1.1 200 ")) return client;
    client.reset();
  }
}

describe("limits.connections", () => {
  test("serves as many clients as it says and tells the next one why it is not", async () => {
    const { proxy, backend } = await startPair(limit(20), () => ok());
    const clients = await serve(proxy, 20);
    const over = await openClient(proxy.port);
    const response = await over.response();
    expect(response.line).toBe("HTTP/1.1 503 Service Unavailable");
    expect(value(response, "content-type")).toBe("application/problem+json");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=connection_limit_reached");
    expect(value(response, "connection")).toBe("close");
    expect(value(response, "retry-after")).toBe("1");
    expect(JSON.parse(response.body)).toMatchObject({
      status: 503,
      error: "connection_limit_reached",
      detail: "too many client connections",
    });
    await over.untilEnded();
    expect(over.received).toBe("");
    for (const client of clients) {
      expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    }
    expect(backend.requests).toHaveLength(40);
  });

  test("does not read the request of the one above", async () => {
    const { proxy, backend } = await startPair(limit(20), () => ok());
    await serve(proxy, 20);
    const over = await openClient(proxy.port);
    over.send(get("/over").repeat(100));
    expect((await over.response()).line).toBe("HTTP/1.1 503 Service Unavailable");
    await over.untilEnded();
    expect(over.received).toBe("");
    expect(backend.requests.some(({ line }) => line.includes("/over"))).toBe(false);
  });

  test.each([
    [1, "connection"],
    [2, "connections"],
    [9, "connections"],
  ])("of %i %s tells the next one why, too", async (connections) => {
    const { proxy } = await startPair(limit(connections), () => ok());
    await serve(proxy, connections);
    const over = await openClient(proxy.port);
    await over.untilEnded();
    expect(over.received).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
  });

  test("has room again when a client leaves", async () => {
    const { proxy } = await startPair(limit(20), () => ok());
    const [leaving, ...others] = await serve(proxy, 20);
    const over = await openClient(proxy.port);
    expect((await over.response()).line).toBe("HTTP/1.1 503 Service Unavailable");
    over.end();
    await over.untilClosed();
    leaving?.reset();
    await untilRoom(proxy);
    for (const client of others) {
      expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    }
  });

  test("cuts a flood, serves those who are there, and has room after it", async () => {
    const { proxy, backend } = await startPair(limit(20), () => ok());
    const clients = await serve(proxy, 20);
    const flood = await Promise.all(Array.from({ length: 300 }, () => openClient(proxy.port)));
    for (const client of clients) {
      expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    }
    for (const client of flood) await client.untilEnded();
    const told = flood.filter(({ received }) => received.startsWith("HTTP/1.1 503 "));
    const cut = flood.filter(({ received }) => received === "");
    expect(told.length).toBeGreaterThan(0);
    expect(told.length + cut.length).toBe(300);
    expect(cut.length).toBeGreaterThan(250);
    for (const client of flood) client.reset();
    clients[0]?.reset();
    await untilRoom(proxy);
    expect(backend.connections.length).toBeLessThanOrEqual(20);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is reported with the number of connections that were turned away", async () => {
    const { proxy } = await startPair(limit(20), () => ok());
    await serve(proxy, 20);
    expect(proxy.notices).toEqual([]);
    const over = await openClient(proxy.port);
    await over.untilEnded();
    expect(proxy.notices).toEqual([
      {
        kind: "connections-limited",
        message: "more than 20 client connections: new ones are turned away",
        count: 1,
      },
    ]);
    const more = await Promise.all(Array.from({ length: 50 }, () => openClient(proxy.port)));
    for (const client of more) await client.untilEnded();
    await eventually("the rest is reported", () => proxy.notices.length > 1);
    expect(proxy.notices[1]).toMatchObject({ kind: "connections-limited", count: 50 });
  });

  test("counts a tunnel for as long as it lasts", async () => {
    const { proxy, backend } = await startPair(limit(10), ({ line }) =>
      line.includes("/tunnel") ? switching() : ok(),
    );
    await serve(proxy, 9);
    const tunnel = await openClient(proxy.port);
    tunnel.send(upgrade("/tunnel"));
    await tunnel.untilReceived("101 Switching Protocols");
    const over = await openClient(proxy.port);
    expect((await over.response()).line).toBe("HTTP/1.1 503 Service Unavailable");
    over.reset();
    tunnel.reset();
    await untilRoom(proxy);
    await eventually("the backend's side is over", () =>
      backend.connections.some(({ isEnded }) => isEnded),
    );
  });

  test("is shared by two workers", async () => {
    const { proxy } = await startPair({ ...limit(50), top: { workers: 2 } }, () => ok());
    const clients = await serve(proxy, 50);
    for (let turn = 0; turn < 5; turn++) {
      // Whichever worker the kernel gives it to.
      const over = await openClient(proxy.port);
      expect((await over.response()).line).toBe("HTTP/1.1 503 Service Unavailable");
      over.end();
      await over.untilClosed();
    }
    for (const client of clients) {
      expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    }
    await eventually("it is reported", () => proxy.notices.length > 0);
    for (const { message } of proxy.notices) expect(message).toContain("more than 50 client");
    for (const client of clients) client.reset();
    await untilRoom(proxy);
  });
});

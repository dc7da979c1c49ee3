import { describe, expect, test } from "vitest";
import { atEnd } from "./support/concurrent.ts";
import { readMessage, status } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { get } from "./support/run-proxy.ts";
import { type SpawnedProxy, spawnProxy } from "./support/spawned-proxy.ts";

const crowd = 1_000;

interface Exhausted {
  readonly proxy: SpawnedProxy;
  /** Served once before the crowd came. */
  readonly regulars: readonly RawClient[];
}

/** The binary with 256 descriptors, in front of one backend, and twenty clients that it has served. */
async function startExhausted(
  workers: number,
  limits: Readonly<Record<string, unknown>>,
): Promise<Exhausted> {
  const backend = await startBackend(({ line }) => ok(line));
  const proxy = await spawnProxy({
    descriptors: 256,
    config: {
      workers,
      listeners: [{ address: "127.0.0.1:0", limits }],
      pools: {
        web: {
          backends: [backend.url],
          healthCheck: false,
          connections: { poolSize: 50, idleTimeout: "60s" },
        },
      },
    },
  });
  atEnd(() => proxy.kill());
  const regulars = await Promise.all(Array.from({ length: 20 }, () => openClient(proxy.port)));
  await serveAll(regulars);
  return { proxy, regulars };
}

/** One after the other, so that a single kept connection to the backend is enough for all. */
async function serveAll(clients: readonly RawClient[]): Promise<void> {
  for (const client of clients) expect(status(await client.request(get()))).toBe(200);
}

/** Everybody connects, and asks as soon as it is connected; nobody waits for anybody. */
async function gather(port: number): Promise<RawClient[]> {
  return await Promise.all(
    Array.from({ length: crowd }, async () => (await openClient(port)).send(get("/crowd"))),
  );
}

/** 200, 503, another status; `cut` without an answer; `waiting` for whatever may come. */
function fate(client: RawClient): number | "cut" | "waiting" {
  const message = readMessage(client.received, "response", client.isEnded);
  if (message !== null) return status(message);
  return client.isEnded || client.isClosed ? "cut" : "waiting";
}

function fates(clients: readonly RawClient[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const client of clients) counts[fate(client)] = (counts[fate(client)] ?? 0) + 1;
  return counts;
}

/** A new client is served, at the latest after everybody's patience. */
async function untilServed(port: number): Promise<void> {
  await eventuallyServed(port, performance.now() + 20_000);
}

async function eventuallyServed(port: number, deadline: number): Promise<void> {
  for (;;) {
    const client = await openClient(port);
    client.send(get("/after"));
    await client.until("an answer or an end", () => fate(client) !== "waiting");
    if (fate(client) === 200) return;
    client.reset();
    if (performance.now() > deadline) throw new Error("no new client was served in time");
  }
}

describe.runIf(process.platform === "linux")("256 descriptors and 1,000 clients", () => {
  test.each([[1], [2]])(
    "are no danger with the default limit of connections and %i workers",
    async (workers) => {
      const { proxy, regulars } = await startExhausted(workers, {});
      const clients = await gather(proxy.port);
      for (const client of clients) {
        await client.until("an answer or an end", () => fate(client) !== "waiting");
      }
      const counts = fates(clients);
      expect(Object.keys(counts).filter((key) => !["200", "503", "cut"].includes(key))).toEqual([]);
      // 70 connections by the descriptors, 20 of them the regulars'.
      expect(counts["200"]).toBeLessThanOrEqual(50);
      expect(proxy.descriptors()).toBeLessThan(256);
      await serveAll(regulars);
      expect(proxy.isRunning).toBe(true);
      await eventually("it says so", () => proxy.stderr.includes("connections-limited"));
      expect(proxy.stderr).toContain("more than 70 client connections: new ones are turned away");

      for (const client of clients) client.reset();
      await untilServed(proxy.port);
      await serveAll(regulars);
    },
  );

  test.each([[1], [2]])(
    "are survived when the limit of connections is set too high, with %i workers",
    async (workers) => {
      const { proxy, regulars } = await startExhausted(workers, { connections: 5_000 });
      const clients = await gather(proxy.port);
      await eventually("some find no descriptor", () => (fates(clients)["cut"] ?? 0) > 0);
      for (const client of [...regulars, ...regulars]) {
        // A new connection to the backend may not be had; their own ones stand.
        expect([200, 503]).toContain(status(await client.request(get())));
      }
      const allowed = ["200", "503", "cut", "waiting"];
      expect(Object.keys(fates(clients)).filter((key) => !allowed.includes(key))).toEqual([]);
      expect(proxy.isRunning).toBe(true);

      for (const client of clients) client.reset();
      await untilServed(proxy.port);
      await serveAll(regulars);
      expect(proxy.stderr).not.toMatch(/died|uncaught|unhandled/i);
    },
  );

  test("that are turned away without a descriptor are reported on stderr", async () => {
    const { proxy } = await startExhausted(1, { connections: 5_000 });
    const clients = await gather(proxy.port);
    await eventually("some find no descriptor", () => (fates(clients)["cut"] ?? 0) > 0);
    await eventually("it says so", () => /EMFILE|descriptor|turned away/.test(proxy.stderr));
  });

  test("leave none for a backend: that is a 503 that says so, and passes", async () => {
    const { proxy, regulars } = await startExhausted(1, { connections: 5_000 });
    const idlers = await fill(proxy.port);
    for (const client of idlers) client.send(get("/needs-a-connection"));
    for (const client of idlers) {
      await client.until("an answer or an end", () => fate(client) !== "waiting");
    }
    const counts = fates(idlers);
    expect(Object.keys(counts).filter((key) => !["200", "503", "cut"].includes(key))).toEqual([]);
    const refused = idlers.find((client) => fate(client) === 503);
    expect(refused?.received).toContain('"error":"connection_limit_reached"');
    await serveAll(regulars);

    for (const client of idlers) client.reset();
    await untilServed(proxy.port);
    await serveAll(regulars);
  });
});

/** Clients that ask for nothing, one after the other, until the proxy has no descriptor for another. */
async function fill(port: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < crowd) {
    const client = await openClient(port);
    clients.push(client);
    if (clients.some(({ isEnded }) => isEnded)) return clients;
  }
  throw new Error("1,000 connections were accepted");
}

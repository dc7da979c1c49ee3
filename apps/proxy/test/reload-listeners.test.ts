import { connect } from "node:net";
import { describe, expect } from "vitest";
import { findFreePort } from "./support/free-port.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import { type ProxySettings, get, startTestProxy } from "./support/run-proxy.ts";
import { switching, upgrade } from "./support/tunnel.ts";

async function isRefused(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", () => resolve(true));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
}

describe("listeners over a reload", () => {
  for (const workers of [0, 2]) {
    test(`come and go, and untouched ones keep their connections (${workers} workers)`, async () => {
      const backend = await startBackend(() => ok("x"));
      const port = await findFreePort();
      const kept = { address: "127.0.0.1:0" };
      const of = (...listeners: unknown[]): ProxySettings => ({
        backends: [backend.url],
        top: { workers, listeners },
      });
      const proxy = await startTestProxy(of(kept));
      const client = await openClient(proxy.port);
      expect((await client.request(get())).body).toBe("x");
      const added = await reloaded(proxy, of(kept, { address: `127.0.0.1:${port}` }));
      expect(added).toEqual([`listeners: +127.0.0.1:${port}`]);
      const other = await openClient(port);
      expect((await other.request(get())).body).toBe("x");
      expect(
        proxy.running.addresses.map((address) => address.kind === "tcp" && address.port),
      ).toEqual([proxy.port, port]);
      await reloaded(proxy, of(kept));
      while (!(await isRefused(port)));
      const last = await other.request(get());
      expect(last.fields.map(([name, value]) => `${name}: ${value}`.toLowerCase())).toContain(
        "connection: close",
      );
      expect((await client.request(get())).body).toBe("x");
      expect(client.isClosed).toBe(false);
    });
  }

  test("that go let a tunnel go on to its end", async () => {
    const backend = await startBackend();
    const port = await findFreePort();
    const kept = { address: "127.0.0.1:0" };
    const of = (...listeners: unknown[]): ProxySettings => ({
      backends: [backend.url],
      top: { listeners },
    });
    const proxy = await startTestProxy(of(kept, { address: `127.0.0.1:${port}` }));
    const client = await openClient(port);
    client.send(upgrade());
    const connection = await backend.connection();
    await connection.head();
    connection.send(switching());
    await client.untilReceived("\r\n\r\n");
    client.takeReceived();
    await reloaded(proxy, of(kept));
    client.send("ping");
    await connection.untilReceived("ping");
    connection.send("pong");
    await client.untilReceived("pong");
  });

  test("that change do so for a kept connection from its next request on", async () => {
    const backend = await startBackend(() => ok("x"));
    const of = (body: string): ProxySettings => ({
      backends: [backend.url],
      listener: { limits: { body } },
    });
    const proxy = await startTestProxy(of("1kB"));
    const client = await openClient(proxy.port);
    const body = "x".repeat(500);
    const post = `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 500\r\n\r\n${body}`;
    expect((await client.request(post)).line).toContain("200");
    await reloaded(proxy, of("100B"));
    expect((await client.request(post)).line).toContain("413");
  });
});

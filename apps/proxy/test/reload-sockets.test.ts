import { existsSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import { type ProxySettings, get, startTestProxy } from "./support/run-proxy.ts";
import { socketPath } from "./support/socket-path.ts";

describe("over a reload", () => {
  test.each([0, 2])("unix sockets come, go and change their mode (%i workers)", async (workers) => {
    const backend = await startBackend(() => ok());
    const path = socketPath();
    const port = { address: "127.0.0.1:0" };
    const of = (...listeners: unknown[]): ProxySettings => ({
      backends: [backend.url],
      top: { workers, listeners },
    });
    const proxy = await startTestProxy(of(port));
    await reloaded(proxy, of(port, { address: `unix:${path}`, mode: "0600" }));
    expect((await (await openClient(path)).request(get())).body).toBe("ok");
    await reloaded(proxy, of(port, { address: `unix:${path}`, mode: "0666" }));
    await eventually("the mode is there", () => (statSync(path).mode & 0o777) === 0o666);
    await reloaded(proxy, of(port));
    await eventually("the file is gone", () => !existsSync(path));
    expect((await (await openClient(proxy.port)).request(get())).body).toBe("ok");
  });

  test("connections without a PROXY header are not kept for a pool that wants one", async () => {
    const backend = await startBackend(() => ok());
    const of = (proxyProtocol: string): ProxySettings => ({
      backends: [backend.url],
      pool: { proxyProtocol },
    });
    const proxy = await startTestProxy(of("off"));
    const client = await openClient(proxy.port);
    await client.request(get());
    await reloaded(proxy, of("v1"));
    await client.request(get());
    await client.request(get());
    await reloaded(proxy, of("v1"));
    await client.request(get());
    await reloaded(proxy, of("off"));
    await client.request(get());
    const lines = backend.requests.map(({ line }) => line.split(" ")[0]);
    expect(lines).toEqual(["GET", "PROXY", "GET", "GET", "GET"]);
    expect(backend.connections).toHaveLength(3);
  });

  test("a backend that moves to another socket is asked there", async () => {
    const [one, two] = [socketPath(), socketPath()];
    await startBackend(() => ok("one"), one);
    await startBackend(() => ok("two"), two);
    const of = (path: string): ProxySettings => ({
      backends: [{ url: `unix:${path}`, id: "app" }],
    });
    const proxy = await startTestProxy(of(one));
    const client = await openClient(proxy.port);
    expect((await client.request(get())).body).toBe("one");
    await reloaded(proxy, of(two));
    expect((await client.request(get())).body).toBe("two");
  });

  test("a listener gets a name, and with it other routes", async () => {
    const [a, b] = [await startBackend(() => ok("a")), await startBackend(() => ok("b"))];
    const pools = {
      a: { backends: [a.url], healthCheck: false },
      b: { backends: [b.url], healthCheck: false },
    };
    const address = "127.0.0.1:0";
    const of = (listener: object, routes: unknown): ProxySettings => ({
      top: { pools, listeners: [listener], routes },
    });
    const proxy = await startTestProxy(of({ address }, [{ pool: "a" }]));
    const client = await openClient(proxy.port);
    expect((await client.request(get())).body).toBe("a");
    const routes = [{ pool: "a" }, { listeners: ["one"], pool: "b" }];
    await reloaded(proxy, of({ address, name: "one" }, routes));
    expect((await client.request(get())).body).toBe("b");
  });
});

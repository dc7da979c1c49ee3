import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { ListenError } from "../src/index.ts";
import { atEnd } from "./support/concurrent.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type ProxySettings, get, startPair, startTestProxy } from "./support/run-proxy.ts";
import { socketPath } from "./support/socket-path.ts";
import { leaveSocketBehind } from "./support/stale-socket.ts";

async function failure(settings: ProxySettings): Promise<ListenError> {
  const error: unknown = await startTestProxy(settings).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ListenError);
  return error as ListenError;
}

const backends = ["http://127.0.0.1:1"];

describe("a unix socket", () => {
  test("serves, and the backend learns that the client is unknown", async () => {
    const path = socketPath();
    const { backend, proxy } = await startPair({ listener: { address: `unix:${path}` } }, () =>
      ok(),
    );
    const client = await openClient(path);
    expect((await client.request(get())).body).toBe("ok");
    expect(backend.requests[0]?.head).toMatch(/\r\nX-Forwarded-For: (unix|unknown)\r\n/);
    expect((await proxy.recorded(1))[0]?.client_ip).toBe("unix");
  });

  test("serves with trusted proxies configured", async () => {
    const address = `unix:${socketPath()}`;
    await startPair({ listener: { address, trustedProxies: ["127.0.0.1", "10.0.0.0/8"] } }, () =>
      ok(),
    );
    const client = await openClient(address.slice(5));
    expect((await client.request(get())).body).toBe("ok");
  });

  test("shows its client that a response is incomplete, and goes on serving", async () => {
    const address = `unix:${socketPath()}`;
    const { backend } = await startPair({ listener: { address }, top: { workers: 1 } });
    const client = await openClient(address.slice(5));
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    await client.untilReceived("hello");
    const other = await openClient(address.slice(5));
    other.send(get());
    const second = await backend.connection(1);
    await second.request();
    connection.reset();
    await client.untilEnded();
    second.send(ok("still here"));
    expect((await other.response()).body).toBe("still here");
  });

  test.each([0, 2])(
    "that a dead process left behind is taken over (%i workers)",
    async (workers) => {
      const path = socketPath();
      await leaveSocketBehind(path);
      await startPair({ listener: { address: `unix:${path}` }, top: { workers } }, () => ok());
      expect((await (await openClient(path)).request(get())).body).toBe("ok");
    },
  );

  test("that another process serves is left to it, and the start fails", async () => {
    const path = socketPath();
    const { proxy } = await startPair({ listener: { address: `unix:${path}` } }, () => ok());
    const error = await failure({ backends, listener: { address: `unix:${path}` } });
    expect(error.code).toBe("EADDRINUSE");
    expect(error.message).toBe(
      `cannot listen on unix:${path}: the address is in use by another process`,
    );
    expect((await (await openClient(path)).request(get())).body).toBe("ok");
    await proxy.stop();
  });

  test("does not take the place of a file that is none", async () => {
    const path = socketPath();
    writeFileSync(path, "precious");
    const error = await failure({ backends, listener: { address: `unix:${path}` } });
    expect(error.message).toBe(`cannot listen on unix:${path}: there is a file that is no socket`);
    expect(statSync(path).size).toBe(8);
  });

  test.each(["0600", "0666"])("has the mode %s that it is given", async (mode) => {
    const path = socketPath();
    await startPair({ listener: { address: `unix:${path}`, mode } });
    expect(statSync(path).mode & 0o777).toBe(Number.parseInt(mode, 8));
  });

  test.each([0, 1])("is gone when the proxy has stopped (%i workers)", async (workers) => {
    const path = socketPath();
    const listeners = [{ address: `unix:${path}` }];
    const { proxy } = await startPair({ top: { listeners, workers } });
    expect(existsSync(path)).toBe(true);
    await proxy.stop();
    expect(existsSync(path)).toBe(false);
  });

  test("leaves the file of its successor alone when it goes", async () => {
    const path = socketPath();
    const { proxy } = await startPair({ listener: { address: `unix:${path}` } });
    await leaveSocketBehind(path);
    await proxy.stop();
    expect(existsSync(path)).toBe(true);
  });

  test("in a folder where nothing may be written says so", async () => {
    const path = socketPath();
    chmodSync(dirname(path), 0o500);
    atEnd(() => chmodSync(dirname(path), 0o700));
    if (process.getuid?.() === 0) return;
    const error = await failure({ backends, listener: { address: `unix:${path}` } });
    expect(error.message).toBe(`cannot listen on unix:${path}: permission denied`);
  });

  test("beside a port is served by one worker, and the port by all", async () => {
    const path = socketPath();
    const listeners = [{ address: `unix:${path}` }, { address: "127.0.0.1:0" }];
    const { proxy } = await startPair({ top: { listeners, workers: 2 } }, () => ok());
    expect(proxy.running.workers).toBe(2);
    const [unix, port] = proxy.running.addresses;
    expect(unix).toEqual({ kind: "unix", path });
    for (const address of [path, port?.kind === "tcp" ? port.port : 0]) {
      expect((await (await openClient(address)).request(get())).body).toBe("ok");
    }
  });

  test("of the admin listener is its own user's alone, taken over and removed", async () => {
    const path = socketPath();
    await leaveSocketBehind(path);
    const { proxy } = await startPair({ top: { admin: `unix:${path}` } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await proxy.stop();
    expect(existsSync(path)).toBe(false);
  });
});

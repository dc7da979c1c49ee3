import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { atEnd } from "./support/concurrent.ts";
import { ListenError } from "../src/index.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair, startTestProxy } from "./support/run-proxy.ts";

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function failure(settings: Parameters<typeof startTestProxy>[0]): Promise<ListenError> {
  const error: unknown = await startTestProxy(settings).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ListenError);
  return error as ListenError;
}

const backends = ["http://127.0.0.1:1"];

describe("an address that cannot be had", () => {
  test.each([0, 2])("because it is in use says so (%i workers)", async (workers) => {
    const address = `127.0.0.1:${await takenPort()}`;
    const error = await failure({ backends, listener: { address }, top: { workers } });
    expect(error.code).toBe("EADDRINUSE");
    expect(error.message).toBe(
      `cannot listen on ${address}: the address is in use by another process`,
    );
  });

  test.each([0, 2])(
    "because another Evenkeel shares it among its workers says so (%i workers)",
    async (workers) => {
      const { proxy } = await startPair({ top: { workers: 2 } }, () => ok());
      const address = `127.0.0.1:${proxy.port}`;
      const error = await failure({ backends, listener: { address }, top: { workers } });
      expect(error.code).toBe("EADDRINUSE");
      const client = await openClient(proxy.port);
      expect((await client.request(get())).body).toBe("ok");
    },
  );

  test("because this machine does not have it says so", async () => {
    const error = await failure({ backends, listener: { address: "192.0.2.1:0" } });
    expect(error.code).toBe("EADDRNOTAVAIL");
  });

  test("because the folder of the socket is missing says so", async () => {
    const error = await failure({ backends, listener: { address: "unix:/nowhere/proxy.sock" } });
    expect(error.message).toBe(
      "cannot listen on unix:/nowhere/proxy.sock: its folder does not exist",
    );
  });

  test("because another listener of the same proxy covers it is a ListenError", async () => {
    const port = await takenPort().then(async (port) => port + 1);
    const listeners = [{ address: `:${port}` }, { address: `127.0.0.1:${port}` }];
    const error = await failure({ backends, top: { listeners } });
    expect(error.code).toBe("EADDRINUSE");
  });
});

describe("several listeners", () => {
  test("serve side by side, each with its own limits", async () => {
    const backend = await startBackend(() => ok());
    const listeners = [
      { address: "127.0.0.1:0" },
      { address: "127.0.0.1:0", limits: { body: "1B" } },
    ];
    const proxy = await startTestProxy({ backends: [backend.url], top: { listeners } });
    const ports = proxy.running.addresses.map((address) =>
      address.kind === "tcp" ? address.port : 0,
    );
    const body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    expect((await (await openClient(ports[0] ?? 0)).request(body)).line).toContain("200");
    expect((await (await openClient(ports[1] ?? 0)).request(body)).line).toContain("413");
  });
});

import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";

/** A client in a thread of its own, so that it can come and go while this thread does not look. */
const rudeClient = `
  const { workerData } = require("node:worker_threads");
  const signal = new Int32Array(workerData.signal);
  const socket = require("node:net").connect(workerData.port, "127.0.0.1", () => {
    socket.write("POST /gone HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 4\\r\\n\\r\\ngone", () => {
      socket.resetAndDestroy();
    });
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
`;

/** Returns when the client has sent a request and reset its connection, which nobody has accepted yet. */
function sendAndReset(port: number): void {
  const signal = new SharedArrayBuffer(4);
  const worker = new Worker(rudeClient, { eval: true, workerData: { port, signal } });
  worker.unref();
  expect(Atomics.wait(new Int32Array(signal), 0, 0, 20_000)).toBe("ok");
}

test("a client that reset its connection before it was accepted passes no list of addresses", async () => {
  const listener = { deny: ["127.0.0.0/8"] };
  const { proxy, backend } = await startPair({ listener }, () => ok());
  sendAndReset(proxy.port);
  const denied = await openClient(proxy.port);
  expect((await denied.request(get())).line).toBe("HTTP/1.1 403 Forbidden");
  await proxy.untilQuiet();
  await proxy.stop();
  expect(proxy.records().map(({ client_ip: client }) => client)).toEqual(["127.0.0.1"]);
  expect(backend.requests).toEqual([]);
});

test("nor does it take a place among the connections, and the next one is served", async () => {
  const { proxy } = await startPair({ listener: { limits: { connections: 1 } } }, () => ok());
  for (let turn = 0; turn < 3; turn++) sendAndReset(proxy.port);
  const client = await openClient(proxy.port);
  expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
});

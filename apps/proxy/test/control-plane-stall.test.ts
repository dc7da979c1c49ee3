import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { atEnd, test } from "./support/concurrent.ts";
import { startTestProxy } from "./support/run-proxy.ts";

/** A backend and a client in a thread of their own, so that only the control plane stands still. */
const trafficThread = `
  const { createServer, get, Agent } = require("node:http");
  const { parentPort, workerData } = require("node:worker_threads");
  const counts = new Int32Array(workerData);
  const server = createServer((_, response) => response.end("ok"));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
  parentPort.once("message", (port) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const ask = () => {
      const done = (index) => { Atomics.add(counts, index, 1); setImmediate(ask); };
      get({ port, agent }, (response) => {
        response.resume();
        response.once("end", () => done(response.statusCode === 200 ? 0 : 1));
      }).once("error", () => done(1));
    };
    for (let client = 0; client < 4; client++) ask();
  });
`;

test("the data plane serves on while the control plane stands still", async () => {
  const counts = new Int32Array(new SharedArrayBuffer(8));
  const traffic = new Worker(trafficThread, { eval: true, workerData: counts.buffer });
  atEnd(async () => {
    await traffic.terminate();
  });
  const port = await new Promise<number>((resolve) => traffic.once("message", resolve));
  const proxy = await startTestProxy({
    backends: [`http://127.0.0.1:${port}`],
    top: { workers: 2 },
    pool: { healthCheck: { path: "/", interval: "1s", timeout: "1s" } },
  });
  traffic.postMessage(proxy.port);
  const [served, failed] = await countedOver(counts, 1_500);
  expect(failed).toBe(0);
  expect(served).toBeGreaterThan(100);
});

/** Blocks this thread, which is the control plane, and returns what was counted meanwhile. */
async function countedOver(counts: Int32Array, stallMs: number): Promise<[number, number]> {
  while (Atomics.load(counts, 0) < 10) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = Atomics.load(counts, 0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
  return [Atomics.load(counts, 0) - before, Atomics.load(counts, 1)];
}

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./support/peer.ts";
import { startTestProxy } from "./support/run-proxy.ts";

/**
 * In a thread of its own, so that it answers while this one stands still; tells of every request, and
 * answers it 30 ms later.
 */
async function startBackendElsewhere(): Promise<{
  readonly url: string;
  readonly asked: () => Promise<unknown>;
}> {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:http").createServer((_, response) => {
       parentPort.postMessage("asked");
       setTimeout(() => response.end("ok"), 30);
     });
     server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = (await once(worker, "message")) as [number];
  return { url: `http://127.0.0.1:${port}`, asked: async () => await once(worker, "message") };
}

test("checks do not blame backends for the time in which the balancer stood still", async () => {
  const backends = [await startBackendElsewhere(), await startBackendElsewhere()];
  const proxy = await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: {
      healthCheck: {
        path: "/",
        interval: "20ms",
        fastInterval: "20ms",
        timeout: "100ms",
        jitter: "0%",
        unhealthyThreshold: 1,
      },
    },
  });
  await eventually("both are healthy", () => proxy.healthChanges.length === 2);
  for (let stall = 0; stall < 10; stall++) {
    await backends[stall % 2]?.asked();
    const until = performance.now() + 250;
    while (performance.now() < until);
  }
  expect(proxy.healthChanges.slice(2)).toEqual([]);
});

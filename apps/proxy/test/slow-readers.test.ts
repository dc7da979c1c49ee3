import { expect, test } from "vitest";
import { ok } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair } from "./support/run-proxy.ts";

/*
 * A client that reads slowly gets the last part of a response when the backend is long done with it:
 * it waits in the proxy's queue and in the kernel's. These tests find the largest response that can
 * be finished towards a client that reads nothing, so that the proxy's own queue has a part in it.
 */

const step = 48 * 1024;
const firstTry = 512 * 1024;

/** The client with the largest response that the proxy could finish although nothing was read. */
async function fullestClient(
  proxy: TestProxy,
  fields: string,
): Promise<{ readonly client: RawClient; readonly size: number }> {
  const other = await openClient(proxy.port);
  let last: { readonly client: RawClient; readonly size: number } | null = null;
  for (let size = firstTry; ; size += step) {
    const client = await openClient(proxy.port, { reads: false });
    client.keepsBytes = false;
    client.send(get(`/${size}`, fields));
    let isFinished = false;
    for (let turn = 0; turn < 60 && !isFinished; turn++) {
      await other.request(get("/0"));
      isFinished = proxy.running.inFlight() === 0;
    }
    if (!isFinished) {
      client.reset();
      if (last === null) throw new Error("the smallest response does not fit into the buffers");
      return last;
    }
    last?.client.reset();
    last = { client, size };
  }
}

const sized = ({ line }: { readonly line: string }): string =>
  ok("x".repeat(Number(line.split(" ")[1]?.slice(1))));

test("a slow reader is not cut off by the keep-alive timeout", async () => {
  const { proxy } = await startPair({ listener: { timeouts: { keepAlive: "1s" } } }, sized);
  const { client, size } = await fullestClient(proxy, "");
  const clock = await openClient(proxy.port);
  await clock.request(get("/1"));
  await clock.untilEnded();

  client.read();
  await client.until("all arrived", () => client.receivedBytes > size || client.isEnded);
  expect(client.receivedBytes).toBeGreaterThan(size);
});

test("a slow reader whose connection closes is not cut off while it reads", async () => {
  const { proxy } = await startPair({}, sized);
  const { client, size } = await fullestClient(proxy, "Connection: close\r\n");
  // Its response is written. Another one is closed in the same way and does not say that it saw it.
  const clock = await openClient(proxy.port);
  await clock.request(get("/1", "Connection: close\r\n"));
  await clock.untilEnded();
  const { socket } = clock;
  while (!clock.isClosed) {
    // Writing to a connection that the proxy has given up brings a reset.
    socket.write("x");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  client.read();
  await client.until("all arrived", () => client.receivedBytes > size || client.isEnded);
  expect(client.receivedBytes).toBeGreaterThan(size);
}, 12_000);

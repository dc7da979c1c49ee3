import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect } from "vitest";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { atEnd, test } from "./support/concurrent.ts";
import { type TestProxy, startTestProxy } from "./support/run-proxy.ts";

const KiB = 1024;
const messages = 10_000;
const cycle = Uint8Array.from({ length: 251 }, (_, index) => index);
const pattern = Buffer.alloc(1024 * KiB + 251, cycle);
const texts = "evenkeel ⚖ lädt gleichmäßig ".repeat(KiB);

interface WebSocketPair {
  readonly proxy: TestProxy;
  readonly client: WebSocket;
  readonly server: WebSocket;
}

/** A client and a server of the `ws` package with the proxy between them. */
async function connectPair(): Promise<WebSocketPair> {
  const listening = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  const proxy = await startTestProxy({ backends: [`http://127.0.0.1:${port}`] });
  const connected = once(listening, "connection");
  const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/chat?room=1`);
  await once(client, "open");
  const [server] = (await connected) as [WebSocket];
  atEnd(() => {
    client.terminate();
    for (const socket of listening.clients) socket.terminate();
    listening.close();
  });
  return { proxy, client, server };
}

/** Message number `index`: text or bytes, mostly small, one in two thousand of 1 MB. */
function message(index: number): string | Buffer {
  if (index % 2_000 === 999) return pattern.subarray(index % 251, (index % 251) + 1024 * KiB);
  const length = (index * 37) % 2_048;
  return index % 3 === 0 ? `${index} ${texts.slice(0, length)}` : pattern.subarray(0, length);
}

async function sendAll(socket: WebSocket): Promise<void> {
  for (let index = 0; index < messages; index++) {
    socket.send(message(index));
    // The package queues without end; the other direction deserves its turn.
    while (socket.bufferedAmount > 1024 * KiB)
      await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Numbers of the messages that were not what they should have been, once all have arrived. */
async function receiveAll(socket: WebSocket): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const wrong: number[] = [];
  let received = 0;
  socket.on("message", (data: RawData, isBinary) => {
    const expected = message(received);
    const isRight =
      isBinary === (typeof expected !== "string") &&
      (data as Buffer).equals(typeof expected === "string" ? Buffer.from(expected) : expected);
    if (!isRight) wrong.push(received);
    if (++received === messages) resolve(wrong);
  });
  socket.on("close", () => reject(new Error(`closed after ${received} messages`)));
  return await promise;
}

async function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return { code, reason: reason.toString() };
}

describe("a WebSocket through the proxy", () => {
  test("carries 10,000 messages each way at once, text and binary, up to 1 MB", async () => {
    const { proxy, client, server } = await connectPair();
    const [atServer, atClient] = await Promise.all([
      receiveAll(server),
      receiveAll(client),
      sendAll(client),
      sendAll(server),
    ]);
    expect([atServer, atClient]).toEqual([[], []]);
    expect(proxy.running.inFlight()).toBe(1);

    const closed = closeOf(client);
    client.close();
    await closed;
    await proxy.untilQuiet();
    const [record] = await proxy.recorded(1);
    expect(record).toMatchObject({ status: 101, path: "/chat?room=1", attempts: 1, error: null });
    // Five of 1 MB and what is between them, and frame heads.
    expect(record?.bytes_in).toBeGreaterThan(15_000_000);
    expect(record?.bytes_out).toBeGreaterThan(15_000_000);
  });

  test("carries ping and pong both ways with their content", async () => {
    const { client, server } = await connectPair();
    const pongs = Promise.all([once(client, "pong"), once(server, "pong")]);
    const pings = Promise.all([once(client, "ping"), once(server, "ping")]);
    client.ping("from the client");
    server.ping("from the server");
    const [[atClient], [atServer]] = (await pings) as [[Buffer], [Buffer]];
    expect([atClient.toString(), atServer.toString()]).toEqual([
      "from the server",
      "from the client",
    ]);
    const [[toClient], [toServer]] = (await pongs) as [[Buffer], [Buffer]];
    expect([toClient.toString(), toServer.toString()]).toEqual([
      "from the client",
      "from the server",
    ]);
  });

  test("carries the client's close code and reason", async () => {
    const { proxy, client, server } = await connectPair();
    const closed = Promise.all([closeOf(server), closeOf(client)]);
    client.close(4001, "client has enough");
    expect(await closed).toEqual([
      { code: 4001, reason: "client has enough" },
      { code: 4001, reason: "client has enough" },
    ]);
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101, error: null }]);
  });

  test("carries the server's close code and reason", async () => {
    const { proxy, client, server } = await connectPair();
    const closed = Promise.all([closeOf(server), closeOf(client)]);
    server.close(1012, "server restarts");
    expect(await closed).toEqual([
      { code: 1012, reason: "server restarts" },
      { code: 1012, reason: "server restarts" },
    ]);
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101, error: null }]);
  });

  test("that its client cuts is over for the server too", async () => {
    const { proxy, client, server } = await connectPair();
    const closed = closeOf(server);
    client.terminate();
    expect(await closed).toEqual({ code: 1006, reason: "" });
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101 }]);
  });

  test("that its server cuts is over for the client too", async () => {
    const { proxy, client, server } = await connectPair();
    const closed = closeOf(client);
    server.terminate();
    expect(await closed).toEqual({ code: 1006, reason: "" });
    await proxy.untilQuiet();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 101 }]);
  });

  test("does not disturb forty others", async () => {
    const { proxy, client } = await connectPair();
    const others = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/${index}`);
        await once(socket, "open");
        return socket;
      }),
    );
    expect(proxy.running.inFlight()).toBe(41);
    const closed = closeOf(client);
    client.close();
    await closed;
    for (const other of others) other.close();
    await proxy.untilQuiet();
    expect(await proxy.recorded(41)).toHaveLength(41);
  });
});

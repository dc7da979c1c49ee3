import { type MockInstance, afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptBuffers } from "../src/kept-buffers.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { post, startPair, startTestProxy } from "./support/run-proxy.ts";

/*
 * Bodies of more than 8 KiB wait for the backend in buffers that are used again. Here each client sends
 * one letter, so a byte of anybody else's body shows, and in the end every buffer must be back.
 */

let keep: MockInstance<KeptBuffers["keep"]>;

beforeEach(() => {
  keep = vi.spyOn(KeptBuffers.prototype, "keep");
});

afterEach(() => {
  vi.restoreAllMocks();
});

const MiB = 1024 * 1024;

/** Buffers of the proxy that are still lent. */
function lent(): number {
  const kept: unknown = keep.mock.contexts[0];
  if (!(kept instanceof KeptBuffers)) throw new Error("nothing was kept");
  return kept.lent;
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const bodyOf = (index: number, bytes: number): string =>
  (letters[index % letters.length] as string).repeat(bytes);

async function openClients(port: number, count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => openClient(port)));
}

test("many at once, of several sizes, reach the backend unmixed, and every buffer comes back", async () => {
  const { proxy, backend } = await startPair({}, ({ body }) => ok(body));
  const clients = await openClients(proxy.port, 40);
  for (const bytes of [9_000, 10_240, 16_000, 31_000, 100_000]) {
    const answers = await Promise.all(
      clients.map((client, index) => client.request(post(bodyOf(index, bytes)))),
    );
    expect(answers.map(({ body }) => body)).toEqual(
      clients.map((_, index) => bodyOf(index, bytes)),
    );
  }
  expect(backend.requests).toHaveLength(200);
  expect(lent()).toBe(0);
});

test("what waits in the socket of a slow backend is not touched by the bodies of others", async () => {
  const slow = await startBackend();
  const quick = await startBackend(({ body }) => ok(body));
  const proxy = await startTestProxy({
    top: {
      pools: {
        slow: { backends: [{ url: slow.url }], healthCheck: false },
        quick: { backends: [{ url: quick.url }], healthCheck: false },
      },
      routes: [{ path: "/slow", pool: "slow" }, { pool: "quick" }],
    },
  });
  const letGo = vi.spyOn(KeptBuffers.prototype, "letGo");
  const upload = await openClient(proxy.port);
  upload.send(`POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: ${100 * MiB}\r\n\r\n`);
  const connection = await slow.connection();
  await connection.head();
  connection.socket.pause();
  const piece = Buffer.alloc(MiB, "F");
  for (let sent = 0; sent < 100; sent++) upload.send(piece);
  await eventually("a piece waits in the proxy's socket", () => letGo.mock.calls.length > 0);
  const others = await openClients(proxy.port, 30);
  for (const bytes of [10_000, 30_000]) {
    await Promise.all(others.map((client) => client.request(post(bodyOf(1, bytes)))));
  }
  connection.socket.resume();
  await connection.until("the whole upload is there", () => {
    return connection.receivedBytes >= 100 * MiB;
  });
  expect(connection.received.replaceAll("F", "")).toBe("");
});

test("those whose backend resets, whose client leaves and that are refused give their buffers back", async () => {
  const { proxy, backend } = await startPair({
    listener: { limits: { body: "60KB" } },
    pool: { retry: { maxRetries: 1 }, circuitBreaker: false, outlierDetection: false },
  });
  backend.answer = ({ body }, connection) => {
    if (body.startsWith("r")) connection.reset();
    return body.startsWith("r") ? null : ok(body);
  };
  const clients = await openClients(proxy.port, 20);
  const reset = await Promise.all(
    clients.map((client) => client.request(post("r".repeat(20_000)))),
  );
  expect(reset.every(({ line }) => line.includes(" 502 "))).toBe(true);
  const large = await openClient(proxy.port);
  large.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let sent = 0; sent < 8; sent++) large.send(`2710\r\n${"x".repeat(10_000)}\r\n`);
  await large.untilEnded();
  const leaving = await openClient(proxy.port);
  leaving.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n");
  leaving.send("l".repeat(30_000));
  leaving.reset();
  await eventually("every buffer is back", () => lent() === 0);
});

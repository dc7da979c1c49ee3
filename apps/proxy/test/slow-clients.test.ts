import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { atEnd } from "./support/concurrent.ts";
import { status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startPair, startTestProxy } from "./support/run-proxy.ts";

const MiB = 1024 * 1024;
const piece = Buffer.alloc(64 * 1024, "x");

/** Asks as long as `work` runs, and never in vain. */
async function besides<T>(proxy: TestProxy, work: () => Promise<T>): Promise<T> {
  const victims = await Promise.all(Array.from({ length: 5 }, () => openClient(proxy.port)));
  const state = { isOver: false };
  const asking = victims.map(async (victim) => {
    for (let turn = 0; !state.isOver; turn++) {
      const response = await victim.request(turn % 2 === 0 ? get("/victim") : post("body"));
      expect(status(response)).toBe(200);
    }
  });
  try {
    return await work();
  } finally {
    state.isOver = true;
    await Promise.all(asking);
  }
}

/** Sends a byte of each text in turn until its connection is over. */
function drip(clients: readonly RawClient[], text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    for (const client of clients) {
      if (!client.isEnded && !client.isClosed) client.send(text[at % text.length] ?? "x");
    }
    at++;
  }, 50);
  atEnd(() => clearInterval(timer));
}

const unlimited = { requestsPerConnection: 0, connections: 10_000 };

describe("500 clients that send their heads byte by byte", () => {
  test("are each told 408 and closed, and disturb nobody", async () => {
    const { proxy, backend } = await startPair(
      { listener: { timeouts: { header: "1s" }, limits: unlimited } },
      () => ok(),
    );
    await besides(proxy, async () => {
      const clients = await Promise.all(Array.from({ length: 500 }, () => openClient(proxy.port)));
      drip(clients, `GET /slow HTTP/1.1\r\nHost: a\r\nX-Slow: ${"x".repeat(4_000)}`);
      for (const client of clients) {
        const response = await client.response();
        expect(response.line).toBe("HTTP/1.1 408 Request Timeout");
        expect(value(response, "connection")).toBe("close");
        await client.untilEnded();
      }
    });
    expect(backend.requests.some(({ line }) => line.includes("/slow"))).toBe(false);
    const records = proxy.records().filter((record) => record.status === 408);
    expect(records).toHaveLength(500);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("and send empty lines first are closed as well", async () => {
    const { proxy } = await startPair(
      { listener: { timeouts: { header: "1s" }, limits: unlimited } },
      () => ok(),
    );
    const clients = await Promise.all(Array.from({ length: 100 }, () => openClient(proxy.port)));
    drip(clients, "\r\n");
    for (const client of clients) await client.untilEnded();
    expect(new Set(proxy.records().map((record) => record.status))).not.toContain(200);
  });
});

describe("200 clients that send their bodies", () => {
  const head = "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";

  test("not at all are told 408, and their backend connections end", async () => {
    const { proxy, backend } = await startPair(
      { listener: { timeouts: { body: "1s" }, limits: unlimited } },
      () => ok(),
    );
    await besides(proxy, async () => {
      const clients = await Promise.all(Array.from({ length: 200 }, () => openClient(proxy.port)));
      for (const client of clients) client.send(`${head}part`);
      for (const client of clients) {
        expect((await client.response()).line).toBe("HTTP/1.1 408 Request Timeout");
        await client.untilEnded();
      }
    });
    expect(backend.requests.some(({ line }) => line.includes("/slow"))).toBe(false);
    await proxy.untilQuiet();
    await eventually("the uploads are over", () => {
      return backend.openConnections.every(({ received }) => received === "");
    });
  });

  test("byte by byte in time are served to the end", async () => {
    const { proxy } = await startPair({ listener: { timeouts: { body: "5s" } } }, ({ body }) =>
      ok(body),
    );
    const clients = await Promise.all(Array.from({ length: 200 }, () => openClient(proxy.port)));
    for (const client of clients) client.send(post("").replace("Length: 0", "Length: 20"));
    drip(clients, "0123456789");
    for (const client of clients) {
      expect((await client.response()).body).toBe("01234567890123456789");
    }
  });
});

/** Sends a response in pieces, as fast as they are taken, so that what was taken can be counted. */
function sendBig(socket: Socket, size: number): void {
  let left = size;
  const go = (): void => {
    while (left > 0 && !socket.writableNeedDrain) {
      socket.write(piece);
      left -= piece.length;
    }
    if (left > 0) socket.once("drain", go);
  };
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  go();
}

/** Bytes that this process could hand to its kernel. */
function acceptedBytes(sockets: readonly Socket[]): number {
  return sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
}

describe("200 clients that do not read their answers of 10 MB", () => {
  const readers = 200;
  const size = 10 * MiB;
  // Kernel buffers of both connections and the proxy's own, for each.
  const boundBytes = readers * 8 * MiB;

  test("hold a bounded part of them back, disturb nobody, and get all when they read", async () => {
    const sending: Socket[] = [];
    const backend = await startBackend(({ line }, { socket }) => {
      if (!line.includes("/big")) return ok();
      sending.push(socket);
      sendBig(socket, size);
      return null;
    });
    const proxy = await startTestProxy({
      backends: [backend.url],
      listener: { limits: unlimited },
    });
    const clients = await Promise.all(
      Array.from({ length: readers }, () => openClient(proxy.port, { reads: false })),
    );
    await besides(proxy, async () => {
      for (const client of clients) client.send(get("/big"));
      await untilStill(proxy, () => acceptedBytes(sending));
    });
    expect(acceptedBytes(sending)).toBeLessThan(boundBytes);
    expect(proxy.running.inFlight()).toBe(readers);

    const [reading, leaving] = [clients.slice(0, 20), clients.slice(20)];
    for (const client of leaving) client.reset();
    for (const client of reading) {
      client.keepsBytes = false;
      client.read();
    }
    for (const client of reading) {
      await client.until("its answer is whole", () => client.receivedBytes > size);
    }
    await proxy.untilQuiet();
  });
});

/** Until a number has not changed while another client was served a hundred times. */
async function untilStill(proxy: TestProxy, count: () => number): Promise<void> {
  const other = await openClient(proxy.port);
  for (let quiet = 0, last = -1; quiet < 100; quiet++) {
    await other.request(get("/other"));
    if (count() !== last) quiet = 0;
    last = count();
  }
}

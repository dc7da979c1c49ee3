import { describe, expect, test } from "vitest";
import type { Peer } from "./support/peer.ts";
import { type BackendConnection, ok } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";

const MiB = 1024 * 1024;
/** Kernel buffers of two connections and the proxy's own, with room to spare. */
const boundBytes = 24 * MiB;
const piece = Buffer.alloc(256 * 1024, "x");

/** Bytes that left this process' own queue. */
function accepted({ socket }: Peer): number {
  return socket.bytesWritten - socket.writableLength;
}

/**
 * Sends as fast as the other side takes it, until all is sent or nothing moved while another client
 * was served fifty times. Returns what was accepted.
 */
async function pour(source: Peer, bytes: number, other: RawClient): Promise<number> {
  let left = bytes;
  for (let quiet = 0, last = -1; quiet < 50; quiet++) {
    while (left > 0 && !source.socket.writableNeedDrain) {
      source.send(piece.subarray(0, Math.min(piece.length, left)));
      left -= Math.min(piece.length, left);
    }
    await other.request(get("/other"));
    if (left === 0 && source.socket.writableLength === 0) break;
    if (accepted(source) !== last) quiet = 0;
    last = accepted(source);
  }
  return accepted(source);
}

const isOther = (line: string): boolean => line.includes("/other");

describe("a backend that does not read", () => {
  test.each([
    ["Content-Length", `Content-Length: ${64 * MiB}\r\n\r\n`],
    ["chunks", `Transfer-Encoding: chunked\r\n\r\n${(64 * MiB).toString(16)}\r\n`],
  ])("stops an upload with %s, and the rest follows when it does", async (_, framing) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
    const before = client.socket.bytesWritten;
    const connection = await backend.connection();
    await connection.head();
    connection.keepsBytes = false;
    connection.socket.pause();
    backend.answer = ({ line }) => (isOther(line) ? ok() : null);

    const other = await openClient(proxy.port);
    expect(await pour(client, 64 * MiB, other)).toBeLessThan(boundBytes);
    expect(proxy.running.inFlight()).toBe(1);

    connection.socket.resume();
    await pour(client, 64 * MiB - (client.socket.bytesWritten - before), other);
    await connection.until("all arrived", () => connection.receivedBytes >= 64 * MiB);
  });
});

describe("a client that does not read", () => {
  test.each([
    ["Content-Length", `Content-Length: ${64 * MiB}\r\n\r\n`, ""],
    ["chunks", `Transfer-Encoding: chunked\r\n\r\n${(64 * MiB).toString(16)}\r\n`, "\r\n0\r\n\r\n"],
  ])("stops a response with %s, and gets all of it when it does", async (_, framing, end) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port, { reads: false });
    client.send(get());
    const connection: BackendConnection = await backend.connection();
    await connection.request();
    backend.answer = ({ line }) => (isOther(line) ? ok() : null);
    connection.send(`HTTP/1.1 200 OK\r\n${framing}`);
    const before = connection.socket.bytesWritten;

    const other = await openClient(proxy.port);
    const poured = await pour(connection, 64 * MiB, other);
    expect(poured).toBeLessThan(boundBytes);

    client.keepsBytes = false;
    client.read();
    await pour(connection, 64 * MiB - (connection.socket.bytesWritten - before), other);
    connection.send(end);
    await client.until("all arrived", () => client.receivedBytes > 64 * MiB);
    await proxy.untilQuiet();
  });

  test("does not slow another client of the same backend", async () => {
    const { proxy } = await startPair({}, ({ line }) =>
      line.includes("/big") ? ok("x".repeat(16 * MiB)) : ok(),
    );
    const stalled = await openClient(proxy.port, { reads: false });
    stalled.send(get("/big"));
    const other = await openClient(proxy.port);
    for (let turn = 0; turn < 100; turn++) {
      expect((await other.request(get("/other"))).body).toBe("ok");
    }
    expect(proxy.running.inFlight()).toBe(1);
  });
});

test("responses of many slow readers do not mix", async () => {
  const size = 6 * MiB;
  const { proxy } = await startPair({}, ({ line }) => ok((line.at(5) as string).repeat(size)));
  await Promise.all(
    Array.from("abcdefgh", async (letter) => {
      const client = await openClient(proxy.port, { reads: false });
      client.send(get(`/${letter}`));
      let bytes = 0;
      let others = 0;
      for await (const data of client.socket as AsyncIterable<Buffer>) {
        const start = bytes === 0 ? data.indexOf("\r\n\r\n") + 4 : 0;
        for (const byte of data.subarray(start)) if (byte !== letter.charCodeAt(0)) others++;
        bytes += data.length - start;
        if (bytes === size) break;
        // Reading in turns of the event loop is slow enough to fill every queue on the way.
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect([bytes, others]).toEqual([size, 0]);
    }),
  );
});

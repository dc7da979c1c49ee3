import { describe, expect, test } from "vitest";
import { type Peer, eventually } from "./support/peer.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { openTunnel } from "./support/tunnel.ts";

const MiB = 1024 * 1024;
const total = 64 * MiB;
/** Kernel buffers of two connections and the proxy's own, with room to spare. */
const boundBytes = 24 * MiB;
const answeredByUs = "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n";
const piece = Buffer.from(Uint8Array.from({ length: 256 * 1024 }, (_, index) => index % 251));

/** Sends `from` .. `to` of an endless pattern; stops when nothing moved while another was served fifty times. */
async function pour(source: Peer, from: number, to: number, other: RawClient): Promise<number> {
  const { socket } = source;
  let at = from;
  for (let quiet = 0, last = -1; quiet < 50; quiet++) {
    while (at < to && !socket.writableNeedDrain) {
      const next = piece.subarray(
        at % piece.length,
        Math.min(piece.length, (at % piece.length) + to - at),
      );
      source.send(next);
      at += next.length;
    }
    await other.request(answeredByUs);
    if (at === to && socket.writableLength === 0) break;
    const accepted = socket.bytesWritten - socket.writableLength;
    if (accepted !== last) quiet = 0;
    last = accepted;
  }
  return at;
}

interface Arrived {
  readonly bytes: () => number;
  /** Pieces that differ from the pattern. */
  readonly wrong: () => number;
  readonly all: () => Promise<void>;
}

/** Compares what arrives with the pattern. */
function compare(peer: Peer): Arrived {
  const before = peer.receivedBytes;
  let bytes = 0;
  let wrong = 0;
  peer.keepsBytes = false;
  peer.socket.on("data", (data: Buffer) => {
    for (let at = 0; at < data.length;) {
      const offset = bytes % piece.length;
      const length = Math.min(data.length - at, piece.length - offset);
      const isSame = data.subarray(at, at + length).equals(piece.subarray(offset, offset + length));
      if (!isSame) wrong++;
      at += length;
      bytes += length;
    }
  });
  return {
    bytes: () => bytes,
    wrong: () => wrong,
    all: () => peer.until("all arrived", () => peer.receivedBytes - before >= total),
  };
}

describe("a tunnel", () => {
  test.each([["client"], ["backend"]])(
    "stops taking bytes while its %s does not read, and brings them all when it does",
    async (side) => {
      const { proxy, client, connection } = await openTunnel({
        listener: { limits: { requestsPerConnection: 0 } },
      });
      const [source, sink] = side === "client" ? [connection, client] : [client, connection];
      sink.socket.pause();
      const arrived = compare(sink);
      const other = await openClient(proxy.port);
      // `data` listeners start the flow; it is stopped again before a byte could come.
      sink.socket.pause();
      const poured = await pour(source, 0, total, other);
      expect(poured).toBeLessThan(boundBytes);
      expect(arrived.bytes()).toBe(0);

      // The other direction does not care.
      sink.send("still heard");
      await source.untilReceived("still heard");

      sink.socket.resume();
      let at = poured;
      while (at < total) at = await pour(source, at, total, other);
      await arrived.all();
      expect([arrived.bytes(), arrived.wrong()]).toEqual([total, 0]);
      expect(proxy.running.inFlight()).toBe(1);
    },
  );

  test("carries 64 MB each way at the same time, byte by byte the same", async () => {
    const { proxy, client, connection } = await openTunnel({
      listener: { limits: { requestsPerConnection: 0 } },
    });
    const [atClient, atBackend] = [compare(client), compare(connection)];
    const others = [await openClient(proxy.port), await openClient(proxy.port)] as const;
    const pourAll = async (source: Peer, other: RawClient): Promise<void> => {
      for (let at = 0; at < total;) at = await pour(source, at, total, other);
    };
    await Promise.all([pourAll(client, others[0]), pourAll(connection, others[1])]);
    await Promise.all([atClient.all(), atBackend.all()]);
    expect([atClient.wrong(), atBackend.wrong()]).toEqual([0, 0]);
    connection.end();
    await client.untilEnded();
    await proxy.untilQuiet();
    await eventually("it is recorded", () => proxy.records().some(({ status }) => status === 101));
    const record = proxy.records().find(({ status }) => status === 101);
    expect(record).toMatchObject({ bytes_in: total, bytes_out: total });
  });
});

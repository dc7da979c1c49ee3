import { describe, expect, test } from "vitest";
import { values } from "./support/message.ts";
import {
  type BackendConnection,
  type RawBackend,
  ok,
  refusingPort,
  startBackend,
} from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, startTestProxy } from "./support/run-proxy.ts";

/** Every value that a byte can have, in no order that a slip would keep. */
function bytes(length: number): string {
  return Buffer.from(
    Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff),
  ).latin1Slice();
}

function chunk(content: string): string {
  return `${content.length.toString(16)}\r\n${content}\r\n`;
}

const chunkedHead = (method: string, fields = ""): string =>
  `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${fields}\r\n`;
const lengthHead = (method: string, length: number): string =>
  `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

interface Upload {
  readonly proxy: TestProxy;
  readonly client: RawClient;
  /** They do nothing by themselves, but the last one, which answers with what it got. */
  readonly backends: readonly RawBackend[];
}

async function startUpload(backendCount: number, retry: object = {}): Promise<Upload> {
  const silent = await Promise.all(Array.from({ length: backendCount - 1 }, () => startBackend()));
  const backends = [...silent, await startBackend(({ body }) => ok(body))];
  const proxy = await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: { retry, strategy: "first", circuitBreaker: false },
  });
  return { proxy, backends, client: await openClient(proxy.port) };
}

/** Sends piece after piece, each when the one before has come through. */
async function stream(
  { client }: Upload,
  connection: BackendConnection,
  pieces: readonly string[],
): Promise<void> {
  for (const piece of pieces) {
    const expected = connection.receivedBytes + piece.length;
    client.send(chunk(piece));
    await connection.until("the piece arrives", () => connection.receivedBytes >= expected);
  }
}

describe("a request body in pieces whose backend resets", () => {
  test("midway goes to another one from the beginning, byte for byte", async () => {
    const upload = await startUpload(2);
    const { client, backends, proxy } = upload;
    const body = bytes(40_000);
    const pieces = [0, 1, 2, 3].map((part) => body.slice(part * 10_000, (part + 1) * 10_000));
    client.send(chunkedHead("PUT"));
    const connection = await (backends[0] as RawBackend).connection();
    await stream(upload, connection, pieces.slice(0, 3));
    connection.reset();
    client.send(`${chunk(pieces[3] ?? "")}0\r\n\r\n`);
    expect((await client.response()).body).toBe(body);
    expect(backends[1]?.requests[0]?.body).toBe(body);
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 200, attempts: 2, bytes_in: 40_000, error: null },
    ]);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("after its end goes to another one whole", async () => {
    const upload = await startUpload(2);
    const { client, backends } = upload;
    client.send(chunkedHead("PUT"));
    const connection = await (backends[0] as RawBackend).connection();
    await stream(upload, connection, ["one", "two"]);
    client.send("0\r\n\r\n");
    await connection.untilReceived("0\r\n\r\n");
    connection.reset();
    expect((await client.response()).body).toBe("onetwo");
  });

  test("with Content-Length goes to another one whole", async () => {
    const { client, backends } = await startUpload(2);
    client.send(`${lengthHead("PUT", 9)}one`);
    const connection = await (backends[0] as RawBackend).connection();
    await connection.untilReceived("one");
    client.send("two");
    await connection.untilReceived("two");
    connection.reset();
    client.send("end");
    expect((await client.response()).body).toBe("onetwoend");
    expect(values(backends[1]?.requests[0] ?? { fields: [] }, "content-length")).toEqual(["9"]);
  });

  test("twice goes to a third one, with what came in between", async () => {
    const upload = await startUpload(3, { backoff: "1ms" });
    const { client, backends } = upload;
    client.send(chunkedHead("PUT"));
    const first = await (backends[0] as RawBackend).connection();
    await stream(upload, first, ["one"]);
    first.reset();
    const isThird = (): boolean => (backends[2]?.connections.length ?? 0) > 0;
    expect(isThird()).toBe(false);
    const second = await (backends[1] as RawBackend).connection();
    await second.untilReceived("one");
    await stream(upload, second, ["two"]);
    second.reset();
    client.send(`${chunk("end")}0\r\n\r\n`);
    expect((await client.response()).body).toBe("onetwoend");
  });

  test("before the client has sent all of it makes nobody wait for the rest", async () => {
    const { client, backends, proxy } = await startUpload(2);
    client.send(`${lengthHead("PUT", 9)}one`);
    const first = await (backends[0] as RawBackend).connection();
    await first.untilReceived("one");
    client.send("two");
    await first.untilReceived("two");
    first.reset();
    const second = await (backends[1] as RawBackend).connection();
    await second.untilReceived("onetwo");
    client.reset();
    await second.untilEnded();
    expect(second.received.endsWith("onetwo")).toBe(true);
    expect(await proxy.recorded(1)).toMatchObject([{ error: "client_aborted", attempts: 2 }]);
    expect(proxy.running.inFlight()).toBe(0);
  });
});

describe("bufferBody", () => {
  test.each([
    ["of known length", 100_000, {}],
    ["of known length, by one byte", 11, { bufferBody: "10B" }],
  ])("does not hold a longer body %s: a 502 that nobody else sees", async (_, length, retry) => {
    const { client, backends, proxy } = await startUpload(2, retry);
    client.send(lengthHead("PUT", length));
    const connection = await (backends[0] as RawBackend).connection();
    await connection.untilReceived("\r\n\r\n");
    client.send("part");
    await connection.untilReceived("part");
    connection.reset();
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(backends[1]?.connections).toHaveLength(0);
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 502, attempts: 1, error: "connection_terminated" },
    ]);
  });

  test.each([
    [10, "200 OK"],
    [11, "502 Bad Gateway"],
  ])("of 10 bytes and %d bytes in chunks: %s", async (length, expected) => {
    const upload = await startUpload(2, { bufferBody: "10B" });
    const { client, backends } = upload;
    client.send(chunkedHead("PUT"));
    const connection = await (backends[0] as RawBackend).connection();
    await stream(upload, connection, ["12345", bytes(length - 5)]);
    connection.reset();
    client.send("0\r\n\r\n");
    expect((await client.response()).line).toBe(`HTTP/1.1 ${expected}`);
  });

  test("of nothing still tries a body again that came with its head", async () => {
    const { client, backends } = await startUpload(2, { bufferBody: "0B" });
    client.send(`${lengthHead("PUT", 3)}one`);
    const connection = await (backends[0] as RawBackend).connection();
    await connection.untilReceived("one");
    connection.reset();
    expect((await client.response()).body).toBe("one");
  });

  test("holds 64 KiB in chunks of one byte", async () => {
    const upload = await startUpload(2);
    const { client, backends } = upload;
    const body = bytes(64 * 1024);
    client.send(chunkedHead("PUT"));
    const connection = await (backends[0] as RawBackend).connection();
    connection.keepsBytes = false;
    client.send(Array.from(body, chunk).join(""));
    await connection.until("all of it arrives", () => connection.receivedBytes > body.length);
    connection.reset();
    client.send("0\r\n\r\n");
    expect((await client.response()).body).toBe(body);
  });
});

describe("a POST with a body in pieces", () => {
  test("that a backend may have seen is not sent again", async () => {
    const upload = await startUpload(2);
    const { client, backends } = upload;
    client.send(chunkedHead("POST"));
    const connection = await (backends[0] as RawBackend).connection();
    await stream(upload, connection, ["one"]);
    connection.reset();
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(backends[1]?.connections).toHaveLength(0);
  });

  test("and an Idempotency-Key is sent again, with the key", async () => {
    const upload = await startUpload(2);
    const { client, backends } = upload;
    client.send(chunkedHead("POST", "Idempotency-Key: 8e03\r\n"));
    const connection = await (backends[0] as RawBackend).connection();
    await stream(upload, connection, ["one"]);
    connection.reset();
    client.send("0\r\n\r\n");
    expect((await client.response()).body).toBe("one");
    expect(values(backends[1]?.requests[0] ?? { fields: [] }, "idempotency-key")).toEqual(["8e03"]);
  });

  test("and an empty Idempotency-Key is not sent again", async () => {
    const upload = await startUpload(2);
    const { client, backends } = upload;
    client.send(chunkedHead("POST", "Idempotency-Key: \r\n"));
    const connection = await (backends[0] as RawBackend).connection();
    await stream(upload, connection, ["one"]);
    connection.reset();
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
  });

  test("goes elsewhere when the connection is refused", async () => {
    const backend = await startBackend(({ body }) => ok(body));
    const refusing = `http://127.0.0.1:${await refusingPort()}`;
    const proxy = await startTestProxy({
      backends: [refusing, backend.url],
      pool: { strategy: "first" },
    });
    const client = await openClient(proxy.port);
    client.send(`${chunkedHead("POST")}${chunk("one")}`);
    const connection = await backend.connection();
    await connection.untilReceived("one");
    client.send(`${chunk("two")}0\r\n\r\n`);
    expect((await client.response()).body).toBe("onetwo");
    expect(await proxy.recorded(1)).toMatchObject([{ status: 200, attempts: 2 }]);
  });
});

import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

// The client is Node's own: another implementation than the server's.
async function connect(port: number, query = ""): Promise<WebSocket> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`);
  webSocket.binaryType = "arraybuffer";
  onTestFinished(() => webSocket.close());
  await once(webSocket, "open");
  return webSocket;
}

async function echoOf(webSocket: WebSocket, message: string | Uint8Array<ArrayBuffer>) {
  const answered = once(webSocket, "message") as Promise<[MessageEvent]>;
  webSocket.send(message);
  return (await answered)[0].data as string | ArrayBuffer;
}

const handshake = (...fields: readonly string[]): string =>
  [
    "GET /ws HTTP/1.1",
    "Host: test",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
    "",
    "",
  ].join("\r\n");

test("sends text back as text and binary as binary, large ones too", async () => {
  const { port } = await startForTest();
  const webSocket = await connect(port);
  expect(await echoOf(webSocket, "grüße")).toBe("grüße");
  const bytes = new Uint8Array(200_000).fill(7);
  const answer = await echoOf(webSocket, bytes);
  expect(Buffer.from(answer as ArrayBuffer).equals(bytes)).toBe(true);
});

test("names itself on the 101, with the accept key of RFC 6455", async () => {
  const { port } = await startForTest();
  const client = new RawClient(port);
  client.send(handshake());
  const answer = await client.take("\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  expect(answer).toContain("X-Backend: A");
  expect(answer).toContain("X-Request-Count: 1");
});

test("is counted when it is over, with the bytes that came on it", async () => {
  const backend = await startForTest();
  const webSocket = await connect(backend.port);
  await echoOf(webSocket, "12345");
  webSocket.close();
  await eventually(() => backend.stats().byEnding.answered === 1);
  expect(backend.stats()).toMatchObject({ requests: 1, bodyBytes: 5, aborted: 0 });
});

test("a client that vanishes without a close frame is counted as aborted", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send(handshake());
  await client.take("\r\n\r\n");
  client.socket.resetAndDestroy();
  await eventually(() => backend.stats().byEnding["aborted-by-client"] === 1);
});

test("without the wish for a WebSocket it answers 426", async () => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, head("GET", "/ws"));
  expect(answer.status).toBe(426);
  expect(answer.fields).toContain("Upgrade: websocket");
});

test("another path answers as if nobody had asked for a WebSocket", async () => {
  const { port } = await startForTest();
  const client = new RawClient(port);
  client.send(handshake().replace("/ws", "/health"));
  expect(await client.take("\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  client.send(head("GET", "/"));
  expect(await client.takeAll()).toContain('{"backend":"A"');
});

test("faults strike the handshake like any other request", async () => {
  const { port } = await startForTest();
  const client = new RawClient(port);
  client.send(handshake("X-Fault: status=503"));
  expect(await client.takeAll()).toMatch(/^HTTP\/1\.1 503 /);
});

test("a handshake without a key is refused with 400", async () => {
  const { port } = await startForTest();
  const client = new RawClient(port);
  client.send(handshake().replace(/Sec-WebSocket-Key: .*\r\n/, ""));
  expect(await client.takeAll()).toMatch(/^HTTP\/1\.1 400 /);
});

test("says goodbye with 1001 when the backend closes", async () => {
  const backend = await startForTest();
  const webSocket = await connect(backend.port);
  const closed = once(webSocket, "close") as Promise<[CloseEvent]>;
  await backend.close();
  expect((await closed)[0].code).toBe(1001);
});

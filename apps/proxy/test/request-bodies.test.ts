import { describe, expect, test } from "vitest";
import { eventually } from "./support/peer.ts";
import { ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, post, startPair, startTestProxy } from "./support/run-proxy.ts";

const chunkedHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const lengthHead = (length: number): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

describe("a request body", () => {
  test("with Content-Length reaches the backend as it arrives, not when it is whole", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${lengthHead(9)}one`);
    const connection = await backend.connection();
    expect(await connection.head()).toContain("\r\nContent-Length: 9\r\n");
    await connection.until("the first part", () => connection.received === "one");
    client.send("two");
    await connection.until("the second part", () => connection.received === "onetwo");
    client.send("end");
    await connection.until("the last part", () => connection.received === "onetwoend");
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
  });

  test("in chunks reaches the backend as it arrives, without extensions", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${chunkedHead}3;ext=1\r\none\r\n`);
    const connection = await backend.connection();
    const head = await connection.head();
    expect(head).toContain("\r\nTransfer-Encoding: chunked\r\n");
    expect(head).not.toContain("Content-Length");
    await connection.until("the first chunk", () => connection.received === "3\r\none\r\n");
    client.send("3\r\ntw");
    await connection.until("a part of a chunk", () => connection.received.endsWith("\r\ntw\r\n"));
    client.send("o\r\n0\r\n\r\n");
    await connection.until("the last chunk", () => connection.received.endsWith("0\r\n\r\n"));
    expect(connection.received).toBe("3\r\none\r\n2\r\ntw\r\n1\r\no\r\n0\r\n\r\n");
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
  });

  test("of any bytes arrives byte for byte", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) & 0xff));
    const client = await openClient(proxy.port);
    client.send(lengthHead(body.length)).send(body);
    await client.response();
    expect(backend.requests[0]?.body).toBe(body.latin1Slice());
  });

  test("byte by byte is the same body", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    for (const byte of `${chunkedHead}5\r\nhello\r\n1;x="y"\r\n!\r\n0\r\n\r\n`) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.response();
    expect(backend.requests[0]?.body).toBe("hello!");
  });

  test("of a GET is forwarded, and what follows it is the next request", async () => {
    const { proxy, backend } = await startPair({}, () => ok(""));
    const client = await openClient(proxy.port);
    client.send(get("/1", "Content-Length: 10\r\n") + "0123456789" + get("/2"));
    await client.response();
    await client.response();
    expect(backend.requests.map(({ line, body }) => [line, body])).toEqual([
      ["GET /1 HTTP/1.1", "0123456789"],
      ["GET /2 HTTP/1.1", ""],
    ]);
  });

  test("with leading zeros in its length gets one Content-Length without them", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello");
    expect(backend.requests[0]?.fields.filter(([name]) => /length/i.test(name))).toEqual([
      ["Content-Length", "5"],
    ]);
  });

  test("that came with its head goes to another backend when the first refuses", async () => {
    const backend = await startBackend(({ body }) => ok(body));
    const refusing = `http://127.0.0.1:${await refusingPort()}`;
    const proxy = await startTestProxy({ backends: [refusing, backend.url] });
    const client = await openClient(proxy.port);
    expect((await client.request(post("hello"))).body).toBe("hello");
    client.send(`${lengthHead(10)}hello`);
    const connection = await backend.connection();
    await connection.untilReceived("hello");
    client.send("world");
    expect((await client.response()).body).toBe("helloworld");
  });

  test("loses nothing that arrives while another backend is tried", async () => {
    const first = await startBackend();
    const second = await startBackend(({ body }) => ok(body));
    const proxy = await startTestProxy({ backends: [first.url, second.url] });
    const client = await openClient(proxy.port);
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    const connection = await first.connection();
    await connection.untilReceived("hello");
    connection.reset();
    client.send("world");

    const response = await client.response();
    if (response.line === "HTTP/1.1 200 OK") expect(response.body).toBe("helloworld");
    else expect(response.line).toBe("HTTP/1.1 502 Bad Gateway");
    for (const { received } of second.connections) expect(received).not.toMatch(/^world/);
  });

  test("cut short by the client is never completed towards the backend", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${chunkedHead}5\r\nhello\r\n`);
    const connection = await backend.connection();
    await connection.untilReceived("hello\r\n");
    client.end();
    await connection.untilEnded();
    expect(connection.received).not.toContain("0\r\n\r\n");
  });

  test.each(["5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\nX: 1\r\n"])(
    "cut in its chunks or before the last CRLF (%j) never has its last chunk at the backend",
    async (chunks) => {
      const { proxy, backend } = await startPair();
      const client = await openClient(proxy.port);
      client.send(chunkedHead + chunks);
      const connection = await backend.connection();
      await connection.untilReceived("hello");
      client.end();
      await connection.untilEnded();
      expect(connection.received).not.toMatch(/\r\n0\r\n/);
      expect(await proxy.recorded(1)).toMatchObject([{ error: "client_aborted" }]);
    },
  );

  test("whose framing breaks is answered with 400 and never completed", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${chunkedHead}5\r\nhello\r\n`);
    const connection = await backend.connection();
    await connection.untilReceived("hello\r\n");
    client.send("xyz\r\n");
    const response = await client.response();
    expect(response.line).toBe("HTTP/1.1 400 Bad Request");
    expect(response.head).toContain("\r\nConnection: close\r\n");
    await connection.untilEnded();
    expect(connection.received).not.toContain("0\r\n\r\n");
    expect(proxy.running.inFlight()).toBe(0);
  });
});

describe("a body limit", () => {
  const listener = { limits: { body: "10B" } };

  test("is checked against Content-Length before a backend is asked", async () => {
    const { proxy, backend } = await startPair({ listener });
    const client = await openClient(proxy.port);
    const response = await client.request(lengthHead(11));
    expect(response.line).toBe("HTTP/1.1 413 Payload Too Large");
    expect(response.head).toContain("\r\nConnection: close\r\n");
    await client.untilEnded();
    expect(backend.connections).toHaveLength(0);
  });

  test("lets a body of just that size pass", async () => {
    const { proxy } = await startPair({ listener }, ({ body }) => ok(body));
    const client = await openClient(proxy.port);
    expect((await client.request(post("0123456789"))).body).toBe("0123456789");
    expect((await client.request(`${chunkedHead}a\r\n0123456789\r\n0\r\n\r\n`)).body).toBe(
      "0123456789",
    );
  });

  test("is checked while chunks arrive", async () => {
    const { proxy, backend } = await startPair({ listener });
    const client = await openClient(proxy.port);
    client.send(`${chunkedHead}8\r\n01234567\r\n`);
    const connection = await backend.connection();
    await connection.untilReceived("01234567\r\n");
    client.send("3\r\nabc\r\n");
    expect((await client.response()).line).toBe("HTTP/1.1 413 Payload Too Large");
    await connection.untilEnded();
    expect(connection.received).not.toContain("0\r\n\r\n");
    await eventually("nothing is in flight", () => proxy.running.inFlight() === 0);
  });

  test.each([
    ["a whole chunked body", "b\r\n0123456789a\r\n0\r\n\r\n"],
    ["the beginning of a chunked body", "b\r\n0123456789a\r\n"],
  ])("is checked for %s that comes with its head", async (_, body) => {
    const { proxy, backend } = await startPair({ listener }, () => ok());
    const client = await openClient(proxy.port);
    const response = await client.request(chunkedHead + body);
    expect(response.line).toBe("HTTP/1.1 413 Payload Too Large");
    expect(backend.requests).toHaveLength(0);
  });

  test("lets the client read its 413 although it goes on sending", async () => {
    const { proxy } = await startPair({ listener });
    const client = await openClient(proxy.port);
    client.send(lengthHead(100_000_000));
    for (let sent = 0; sent < 10; sent++) client.send(Buffer.alloc(64 * 1024));
    expect((await client.response()).line).toBe("HTTP/1.1 413 Payload Too Large");
  });
});

import { describe, expect, test } from "vitest";
import { names, value, values } from "./support/message.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";

const http10 = "GET / HTTP/1.0\r\n\r\n";

describe("a response body", () => {
  test("in chunks stays in chunks and is passed on as it comes", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\none\r\n");
    await client.untilReceived("3\r\none\r\n");
    connection.send("3\r\ntwo\r\n");
    await client.untilReceived("3\r\ntwo\r\n");
    connection.send("0\r\nX-Trailer: 1\r\n\r\n");
    const response = await client.response();
    expect(response.body).toBe("onetwo");
    expect(values(response, "transfer-encoding")).toEqual(["chunked"]);
    expect(response.head).not.toContain("Content-Length");
    client.send(get("/next"));
    await connection.untilReceived("GET /next");
  });

  test("until close goes to an HTTP/1.1 client in chunks and its connection stays", async () => {
    const { proxy, backend } = await startPair({}, (_, connection) => {
      connection.send("HTTP/1.1 200 OK\r\n\r\nsome ").send("text").end();
      return null;
    });
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.body).toBe("some text");
    expect(value(response, "transfer-encoding")).toBe("chunked");
    expect((await client.request(get())).body).toBe("some text");
    expect(backend.connections).toHaveLength(2);
  });

  test.each([
    ["in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"],
    ["until close", "\r\nbody"],
  ])("%s goes to an HTTP/1.0 client until close", async (_, rest) => {
    const { proxy } = await startPair({}, (_request, connection) => {
      connection.send(`HTTP/1.1 200 OK\r\n${rest}`).end();
      return null;
    });
    const client = await openClient(proxy.port);
    const response = await client.request(http10);
    expect(response.body).toBe("body");
    expect(names(response)).not.toContain("Transfer-Encoding");
    expect(value(response, "connection")).toBe("close");
    await client.untilEnded();
    expect(client.errorCode).toBeNull();
  });

  test("with Content-Length closes the connection of an HTTP/1.0 client that asks to keep it", async () => {
    const { proxy, backend } = await startPair(
      {},
      () => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
    );
    const client = await openClient(proxy.port);
    const response = await client.request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(response.body).toBe("body");
    await client.untilEnded();
    expect(backend.requests[0]?.line).toBe("GET / HTTP/1.1");
    expect(value(backend.requests[0] ?? { fields: [] }, "host")).toBe(`127.0.0.1:${proxy.port}`);
  });

  test("of two megabytes arrives byte for byte", async () => {
    const body = Buffer.from(
      Array.from({ length: 2 << 20 }, (_, at) => (at * 31 + (at >> 8)) & 255),
    );
    const { proxy } = await startPair({}, (_, connection) => {
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`).send(body);
      return null;
    });
    const client = await openClient(proxy.port);
    client.send(get());
    await client.until("all is here", () => client.receivedBytes > body.length);
    const response = await client.response();
    expect(Buffer.from(response.body, "latin1").equals(body)).toBe(true);
  });
});

test("several ranges arrive as the backend cut them, head and body", async () => {
  const part = (from: number, content: string): string =>
    `--edge\r\nContent-Range: bytes ${from}-${from + content.length - 1}/9\r\n\r\n${content}\r\n`;
  const body = `${part(0, "ab\0")}${part(5, "\r\n\xff\x80")}--edge--\r\n`;
  const fields = "Content-Type: multipart/byteranges; boundary=edge\r\nAccept-Ranges: bytes\r\n";
  const { proxy, backend } = await startPair({}, () =>
    ok(body, fields).replace("200 OK", "206 Partial Content"),
  );
  const client = await openClient(proxy.port);
  const response = await client.request(get("/", 'Range: bytes=0-2,5-8\r\nIf-Range: "x"\r\n'));
  expect(response.line).toBe("HTTP/1.1 206 Partial Content");
  expect(response.body).toBe(body);
  expect(response.head).toContain(fields);
  expect(value(backend.requests[0] ?? { fields: [] }, "range")).toBe("bytes=0-2,5-8");
  expect(value(backend.requests[0] ?? { fields: [] }, "if-range")).toBe('"x"');
});

test("events without an end each reach the client before the next one is there", async () => {
  const { proxy, backend } = await startPair();
  const client = await openClient(proxy.port);
  client.send(get("/", "Accept: text/event-stream\r\n"));
  const connection = await backend.connection();
  await connection.request();
  connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
  for (let event = 0; event < 5; event++) {
    connection.send(`data: ${event}\n\n`);
    await client.untilReceived(`data: ${event}\n\n`);
  }
});

describe("a response without a body", () => {
  const bodyless = [
    ["HEAD with Content-Length", "HEAD", "200 OK", "Content-Length: 5\r\n", "Content-Length: 5"],
    [
      "HEAD with chunks",
      "HEAD",
      "200 OK",
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked",
    ],
    ["HEAD with neither", "HEAD", "200 OK", "", null],
    ["204", "GET", "204 No Content", "", null],
    ["204 with Content-Length", "GET", "204 No Content", "Content-Length: 0\r\n", null],
    ["304", "GET", "304 Not Modified", 'ETag: "x"\r\n', null],
    [
      "304 with Content-Length",
      "GET",
      "304 Not Modified",
      "Content-Length: 5\r\n",
      "Content-Length: 5",
    ],
  ] as const;

  test.each(bodyless)("%s ends with its head", async (_, method, line, fields, framing) => {
    const { proxy, backend } = await startPair({}, () => `HTTP/1.1 ${line}\r\n${fields}\r\n`);
    const client = await openClient(proxy.port);
    const request = `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`;
    for (let turn = 0; turn < 2; turn++) {
      const response = await client.request(request, "bodyless-response");
      expect(response.line).toBe(`HTTP/1.1 ${line}`);
      const framingLines = response.fields
        .filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
        .map((pair) => pair.join(": "));
      expect(framingLines).toEqual(framing === null ? [] : [framing]);
    }
    expect(client.received).toBe("");
    expect(backend.connections).toHaveLength(1);
  });

  test("to HEAD is followed by the next response although the backend sent a body", async () => {
    const { proxy } = await startPair({}, ({ line }) =>
      line.startsWith("HEAD")
        ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nreal",
    );
    const client = await openClient(proxy.port);
    await client.request("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "bodyless-response");
    expect((await client.request(get())).body).toBe("real");
  });
});

describe("a body that the backend does not finish", () => {
  const truncated = [
    ["with Content-Length", "Content-Length: 10\r\n\r\nhello"],
    ["in chunks, inside a chunk", "Transfer-Encoding: chunked\r\n\r\na\r\nhello"],
    ["in chunks, before the last one", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    ["in chunks, before the final CRLF", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"],
  ] as const;

  for (const [ending, cut] of [
    ["FIN", "end"],
    ["RST", "reset"],
  ] as const) {
    test.each(truncated)(`%s and ${ending}, is visibly incomplete`, async (_, rest) => {
      const { proxy, backend } = await startPair();
      const client = await openClient(proxy.port);
      client.send(get());
      const connection = await backend.connection();
      await connection.request();
      connection.send(`HTTP/1.1 200 OK\r\n${rest}`);
      await client.untilReceived("hello");
      connection[cut]();
      await client.untilClosed();
      expect(client.errorCode).toBe("ECONNRESET");
      expect(client.received).not.toContain("0\r\n\r\n");
      expect((await proxy.recorded(1))[0]).toMatchObject({
        status: 200,
        error: "http_response_incomplete",
        bytes_out: 5,
      });
      expect(proxy.running.inFlight()).toBe(0);
    });
  }

  test("until close is whole with FIN and incomplete with RST", async () => {
    const { proxy, backend } = await startPair();
    for (const [index, cut] of (["end", "reset"] as const).entries()) {
      const client = await openClient(proxy.port);
      client.send(get());
      const connection = await backend.connection(index);
      await connection.request();
      connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
      await client.untilReceived("hello");
      connection[cut]();
      if (cut === "end") expect((await client.response()).body).toBe("hello");
      else await client.untilClosed();
      expect(client.received).not.toContain("0\r\n\r\n");
    }
  });

  test("does not harm a response that runs beside it", async () => {
    const { proxy, backend } = await startPair();
    const clients = [await openClient(proxy.port), await openClient(proxy.port)] as const;
    for (const [index, client] of clients.entries()) {
      client.send(get());
      const connection = await backend.connection(index);
      await connection.request();
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
      await client.untilReceived("hello");
    }
    backend.connections[0]?.reset();
    await clients[0].untilClosed();
    backend.connections[1]?.send("world");
    expect((await clients[1].response()).body).toBe("helloworld");
  });

  test("whose chunks break is visibly incomplete, and the connection is given up", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n");
    await client.untilClosed();
    expect(client.errorCode).toBe("ECONNRESET");
    await connection.untilEnded();
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 200,
      error: "http_protocol_error",
    });
  });
});
